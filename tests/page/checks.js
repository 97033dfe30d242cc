// Uses a page as a reader does and leaves what it found in the document: run in Chromium by tests/page.rs, behind the page's own script.
(() => {
  const faults = window.faults;
  const holds = (what, true_) => { if (!true_) faults.push("does not hold: " + what); };
  const all = query => [...document.querySelectorAll(query)];
  const lines = () => all(".chart:first-of-type .run").length;
  const pointer = (svg, kind, x, y) => {
    const box = svg.getBoundingClientRect();
    svg.dispatchEvent(new PointerEvent(kind, { clientX: box.left + x * box.width, clientY: box.top + y * box.height, button: 0, bubbles: true }));
  };
  const press = (svg, key) => svg.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
  const ticks = svg => [...svg.querySelectorAll("text")].map(text => text.textContent).join("|");
  try {
    const charts = all(".chart"), svg = charts[0].querySelector("svg");
    // Capturing needs a real pointer.
    for (const chart of charts) chart.querySelector("svg").setPointerCapture = () => {};
    holds("a chart for each measure and the loss", charts.length === CHARTS);
    holds("a line for each run", lines() === RUNS);
    holds("lines are drawn", all(".run").every(line => /^M[\d.-]+ [\d.-]+L/.test(line.getAttribute("d"))));
    holds("no place is missing", all(".plot *").every(node => [...node.attributes].every(one => !/NaN|Infinity|undefined/.test(one.value))));

    const arm = document.querySelector("button.arm"), seed = document.querySelector("button.seed");
    arm.click();
    holds("an arm goes", lines() === RUNS - SEEDS && arm.getAttribute("aria-pressed") === "false");
    seed.click();
    holds("a seed goes", lines() === (RUNS - SEEDS) / SEEDS * (SEEDS - 1) && seed.getAttribute("aria-pressed") === "false");
    arm.click();
    seed.click();
    holds("both come back", lines() === RUNS && arm.getAttribute("aria-pressed") === "true");

    const before = ticks(svg), reset = charts[0].querySelector(".reset");
    holds("nothing to reset", reset.disabled);
    pointer(svg, "pointerdown", 0.3, 0.5);
    pointer(svg, "pointermove", 0.5, 0.5);
    holds("the box is seen", svg.querySelector(".box").getAttribute("visibility") === "visible");
    pointer(svg, "pointerup", 0.5, 0.5);
    holds("a drag zooms", ticks(svg) !== before && !reset.disabled);
    reset.click();
    holds("the zoom is reset", ticks(svg) === before && reset.disabled);
    pointer(svg, "pointermove", 0.5, 0.5);
    holds("hovering tells the step", /^step [\d,]+ · /.test(charts[0].querySelector(".told").textContent));

    press(svg, "End");
    const told = charts[0].querySelector(".told").textContent;
    press(svg, "ArrowLeft");
    holds("arrows move", /^step/.test(told) && charts[0].querySelector(".told").textContent !== told);
    press(svg, "+");
    holds("+ zooms", ticks(svg) !== before);
    press(svg, "0");
    holds("0 resets", ticks(svg) === before);

    const button = name => all("button").find(one => one.textContent === name);
    button("log steps").click();
    holds("logarithmic steps", ticks(svg) !== before);
    button("log values").click();
    holds("no place is missing on logarithmic axes", all(".plot *").every(node => [...node.attributes].every(one => !/NaN|Infinity|undefined/.test(one.value))));
    button("log steps").click();
    button("log values").click();
    button("medians").click();
    holds("medians go", all(".median").length === 0);
    button("medians").click();

    const smoothing = document.getElementById("smoothing"), raw = document.querySelector(".run").getAttribute("d");
    smoothing.value = "9";
    smoothing.dispatchEvent(new Event("change"));
    holds("smoothing changes the line", document.querySelector(".run").getAttribute("d") !== raw);
    holds("smoothing is said", charts[0].querySelector(".note").textContent.startsWith("Smoothed"));
    smoothing.value = "1";
    smoothing.dispatchEvent(new Event("change"));
    holds("and raw again", document.querySelector(".run").getAttribute("d") === raw);

    const theme = document.getElementById("theme"), paper = () => getComputedStyle(document.body).backgroundColor, light = paper();
    theme.click();
    holds("light and dark differ", paper() !== light);
    theme.click();
    holds("nothing is wider than a phone", document.documentElement.scrollWidth <= innerWidth);
    holds("all that can be pressed is a button", all("[aria-pressed]").every(node => node.tagName === "BUTTON"));
    document.documentElement.dataset.checked = "yes";
  } catch (error) {
    faults.push(String(error.stack || error));
  }
  document.documentElement.dataset.faults = JSON.stringify(faults);
})();
