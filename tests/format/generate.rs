//! Programs made at random, with expressions of every kind that are often wider than a line.

use super::scramble::Dice;

const WORDS: [&str; 8] =
    ["a", "bb", "width", "learning_rate", "context_length", "attention_only", "usual_label", "representation_of_input"];

/// A program of some items without faults of form.
pub fn program(dice: &mut Dice) -> String {
    let mut text = String::from("//! Made at random.\n");
    for at in 0..2 + dice.below(5) {
        text += ["", "\n", "\n\n\n"][dice.below(3)];
        if dice.once(3) {
            text += "/// Says what it is.\n";
        }
        match dice.below(3) {
            0 => text += &format!("let value_{at} = {}\n", expression(dice, 4)),
            1 => text += &format!("task task_{at}({}) {}\n", params(dice), block(dice, 2, true)),
            _ => text += &format!("experiment experiment_{at} {}\n", block(dice, 3, false)),
        }
    }
    text
}

fn word(dice: &mut Dice) -> &'static str {
    WORDS[dice.below(WORDS.len())]
}

fn params(dice: &mut Dice) -> String {
    let types = ["count", "real[n, m]", "class(k)", "inside | outside"];
    let param = |dice: &mut Dice| {
        let default = if dice.once(2) { format!(" = {}", expression(dice, 1)) } else { String::new() };
        format!("{}: {}{default}", word(dice), types[dice.below(4)])
    };
    (0..dice.below(5)).map(|_| param(dice)).collect::<Vec<_>>().join(", ")
}

fn block(dice: &mut Dice, depth: usize, task: bool) -> String {
    let entries: Vec<String> = (0..dice.below(5)).map(|_| entry(dice, depth, task)).collect();
    if dice.once(2) && entries.iter().all(|entry| !entry.contains('\n')) {
        return format!("{{ {} }}", entries.join(", "));
    }
    format!("{{\n{}\n}}", entries.join(["\n", ",\n", "\n\n"][dice.below(3)]))
}

fn entry(dice: &mut Dice, depth: usize, task: bool) -> String {
    let value = expression(dice, 3);
    match dice.below(9) {
        0 if depth > 0 => format!("arm {} {}", word(dice), block(dice, depth - 1, task)),
        0 | 1 => format!("{} ~ normal({value})[{}] in pool({})", word(dice), word(dice), expression(dice, 1)),
        // Elsewhere an `=` is a `:` that was meant.
        2 if task => format!("{} = {value} : class({})", word(dice), word(dice)),
        3 => format!("sweep ({}, {}) in [{value}]", word(dice), word(dice)),
        4 => format!("expect {} < {} at 5%", expression(dice, 2), expression(dice, 2)),
        5 => format!("until: {value} for 3 evaluations"),
        6 => format!("plot: [{}] by {} for each {}", expression(dice, 1), word(dice), word(dice)),
        _ => format!("{}: {value}", word(dice)),
    }
}

fn elements(dice: &mut Dice, depth: usize, least: usize) -> Vec<String> {
    (0..least + dice.below(4)).map(|_| expression(dice, depth)).collect()
}

fn expression(dice: &mut Dice, depth: usize) -> String {
    if depth == 0 {
        return match dice.below(6) {
            0 => ["20", "20_000", "1.5M", "3e-4", "80%", "5 epochs"][dice.below(6)].to_string(),
            1 => "\"a text, with {signs} // and \\\" such\"".to_string(),
            _ => word(dice).to_string(),
        };
    }
    match dice.below(11) {
        0 => format!("[{}]", elements(dice, depth - 1, 0).join(", ")),
        1 => format!("({})", elements(dice, depth - 1, 2).join(", ")),
        2 => format!("({},)", expression(dice, depth - 1)),
        3 => {
            let numbers: Vec<String> = (0..dice.below(40)).map(|_| dice.below(100_000).to_string()).collect();
            format!("[{}]", numbers.join(", "))
        }
        4 => {
            let (a, b, c) = (expression(dice, 1), expression(dice, depth - 1), expression(dice, depth - 1));
            format!("if {a} then {b} else {c}")
        }
        5 => format!("({})", expression(dice, depth - 1)),
        6 | 7 => {
            let signs = [" + ", " * ", " - ", " / ", " and ", " or ", " ^ ", " % "];
            let mut text = format!("({})", expression(dice, depth - 1));
            for _ in 0..=dice.below(3) {
                text += signs[dice.below(signs.len())];
                text += ["", "-", ""][dice.below(3)];
                text += &format!("{}({})", word(dice), expression(dice, depth - 1));
            }
            text
        }
        8 => format!("{}({}).{}[{}]", word(dice), expression(dice, depth - 1), word(dice), word(dice)),
        _ => {
            let args: Vec<String> =
                elements(dice, depth - 1, 0).iter().map(|value| format!("{}: {value}", word(dice))).collect();
            format!("{}({})", word(dice), args.join(", "))
        }
    }
}
