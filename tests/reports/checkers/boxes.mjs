// Measures the text of charts as a browser draws it: node boxes.mjs FILE...
//
// Each file holds charts in elements with `data-name`. Printed as JSON: charts and texts measured, and every text that
// meets another by more than a pixel, or lies outside its chart. CHROMIUM names the browser's program.
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { launch } from "./browser.mjs";

function measure() {
  const found = { charts: 0, texts: 0, faults: [] };
  for (const holder of document.querySelectorAll("[data-name]")) {
    const chart = holder.querySelector("svg");
    const frame = chart.getBoundingClientRect();
    const texts = [...chart.querySelectorAll("text")].map((text) => ({ said: text.textContent, box: text.getBoundingClientRect() }));
    found.charts += 1;
    found.texts += texts.length;
    const fault = (what) => found.faults.push({ name: holder.dataset.name, what });
    texts.forEach(({ said, box }, index) => {
      if (!box.width) fault(`not drawn: ${said}`);
      const out = [frame.left - box.left, box.right - frame.right, frame.top - box.top, box.bottom - frame.bottom];
      if (Math.max(...out) > 1) fault(`outside by ${Math.max(...out).toFixed(1)}: ${said}`);
      for (const other of texts.slice(index + 1)) {
        const across = Math.min(box.right, other.box.right) - Math.max(box.left, other.box.left);
        const down = Math.min(box.bottom, other.box.bottom) - Math.max(box.top, other.box.top);
        if (Math.min(across, down) > 1) fault(`${said} | ${other.said}: ${across.toFixed(1)} by ${down.toFixed(1)}`);
      }
    });
  }
  return found;
}

const browser = await launch();
const seen = { charts: 0, texts: 0, faults: [] };
for (const file of process.argv.slice(2)) {
  const page = await browser.newPage({ viewport: { width: 1000, height: 900 } });
  await page.goto(pathToFileURL(resolve(file)).href);
  const found = await page.evaluate(measure);
  seen.charts += found.charts;
  seen.texts += found.texts;
  seen.faults.push(...found.faults);
  await page.close();
}
await browser.close();
console.log(JSON.stringify(seen));
