//! Files that are damaged: told, taken away, made again.

use super::{Study, flip};
use std::fs;

type Harm<'a> = Box<dyn Fn(&Study) + 'a>;

#[test]
fn every_kind_of_damage_is_told_with_its_place_taken_away_and_made_again() {
    let (fresh, _guard) = Study::copy();
    assert!(fresh.out(&["verify"]).starts_with("nothing is damaged: 3 finished cells"));
    let before = fresh.curves();
    let cell = fresh.cell("warmup", "20");
    let segments = fresh.segments(&cell);
    let (first, last) = (format!("segments/{}", segments[0]), format!("segments/{}", segments[1]));
    let level = format!("levels/{}", fresh.names("levels").first().unwrap());
    let mark = format!("cells/{cell}.toml");
    let harms: Vec<(&str, String, Harm<'_>)> = vec![
        (
            "a byte of a curve",
            format!("{last}/curve.jsonl:2"),
            Box::new(|s| {
                let path = s.path(&format!("{last}/curve.jsonl"));
                let line = fs::read_to_string(&path).unwrap().find('\n').unwrap();
                flip(&path, line + 60);
            }),
        ),
        (
            "a curve that is cut",
            mark.clone(),
            Box::new(|s| {
                let path = s.path(&format!("{last}/curve.jsonl"));
                let text = fs::read_to_string(&path).unwrap();
                fs::write(&path, &text[..text.len() / 3]).unwrap();
            }),
        ),
        ("no curve", mark.clone(), Box::new(|s| fs::remove_file(s.path(&format!("{last}/curve.jsonl"))).unwrap())),
        (
            "a byte of a checkpoint",
            format!("{last}/checkpoints/0000000030.end.safetensors"),
            Box::new(|s| {
                flip(&s.path(&format!("{last}/checkpoints/0000000030.end.safetensors")), usize::MAX);
            }),
        ),
        (
            "an empty checkpoint",
            format!("{first}/checkpoints/0000000020.end.safetensors"),
            Box::new(|s| {
                fs::write(s.path(&format!("{first}/checkpoints/0000000020.end.safetensors")), "").unwrap();
            }),
        ),
        (
            "a checkpoint of another step",
            format!("{first}/checkpoints/0000000011.end.safetensors"),
            Box::new(|s| {
                let folder = s.path(&format!("{first}/checkpoints"));
                fs::copy(folder.join("0000000010.end.safetensors"), folder.join("0000000011.end.safetensors")).unwrap();
            }),
        ),
        (
            "another identity",
            format!("{last}/segment.json"),
            Box::new(|s| {
                let path = s.path(&format!("{last}/segment.json"));
                let text = fs::read_to_string(&path).unwrap();
                fs::write(&path, text.replace("\"batch\": 6", "\"batch\": 7")).unwrap();
            }),
        ),
        (
            "no identity",
            format!("{last}/segment.json"),
            Box::new(|s| {
                fs::remove_file(s.path(&format!("{last}/segment.json"))).unwrap();
            }),
        ),
        ("a mark that is no TOML", mark.clone(), Box::new(|s| fs::write(s.path(&mark), "steps = = 3").unwrap())),
        ("a mark of other bytes", mark.clone(), Box::new(|s| fs::write(s.path(&mark), [0xff, 0xfe, 0]).unwrap())),
        (
            "a mark that promises too much",
            mark.clone(),
            Box::new(|s| {
                let text = fs::read_to_string(s.path(&mark)).unwrap();
                let at = text.find("[results]\n").unwrap();
                fs::write(s.path(&mark), format!("{}[results]\nright = 0.987\n", &text[..at])).unwrap();
            }),
        ),
        ("no segment", mark.clone(), Box::new(|s| fs::remove_dir_all(s.path(&last)).unwrap())),
        ("a level that is no JSON", level.clone(), Box::new(|s| fs::write(s.path(&level), "{").unwrap())),
        ("no level", "cells/".into(), Box::new(|s| fs::remove_file(s.path(&level)).unwrap())),
    ];
    let mut counted = 0;
    for (what, place, harm) in &harms {
        let (study, _guard) = Study::copy();
        harm(&study);
        let (code, printed, err) = study.told(&["verify"]);
        assert_eq!(code, 1, "{what}: {printed}{err}");
        assert!(printed.contains(study.path(place).to_str().unwrap()), "{what}: {place}\n{printed}");
        let json: serde_json::Value = serde_json::from_str(&study.told(&["verify", "--format", "json"]).1).unwrap();
        counted += json.as_array().unwrap().len();
        let (code, printed, err) = study.told(&["verify", "--repair"]);
        assert_eq!(code, 0, "{what}: {printed}{err}");
        let (code, printed, err) = study.told(&["verify"]);
        assert_eq!(code, 0, "{what}: {printed}{err}");
        study.run(&[]);
        assert_eq!(study.curves(), before, "{what}");
        assert_eq!(study.marks().len(), 3, "{what}");
        assert_eq!(study.told(&["verify"]).0, 0, "{what}");
        assert_eq!(study.names("levels"), fresh.names("levels"), "{what}");
    }
    println!("{} kinds of damage, {counted} faults told", harms.len());
    // What is not of icl is told and left alone.
    for place in [
        "notes.txt".to_string(),
        "cells/notes.txt".into(),
        format!("{first}/notes.txt"),
        format!("{first}/checkpoints/a"),
    ] {
        let (study, _guard) = Study::copy();
        fs::write(study.path(&place), "mine").unwrap();
        let (code, printed, _) = study.told(&["verify", "--repair"]);
        assert_eq!(code, 1);
        assert!(printed.contains(&format!("{place}: nothing of a")), "{printed}");
        assert!(study.path(&place).exists());
    }
    // A line that is being written is no damage.
    let growing = fresh.path(&format!("{first}/curve.cafe.jsonl"));
    fs::write(&growing, "{\"blake3\":\"0123").unwrap();
    assert_eq!(fresh.told(&["verify"]).0, 0);
}
