// Looks at mails as mail programs would: node mail.mjs SCREENSHOT_FOLDER FILE...
//
// Printed as JSON, one entry a file: of each mail program what it does not support of the HTML, by the data of
// caniemail.com that doiuse-email carries; and of each view what axe finds, which requests tried to leave the file, how far
// it scrolls sideways. `off` is without the picture, `bare` with inlined styles alone. The picture of letter.html is
// letter.png beside it. A picture of every view is left in the folder. CHROMIUM names the browser's program.
import { existsSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { doIUseEmail } from "doiuse-email";
import { against, launch, sideways } from "./browser.mjs";

const clients = Object.entries({
  "apple-mail": ["ios", "macos"],
  gmail: ["android", "desktop-webmail", "ios", "mobile-webmail"],
  outlook: ["android", "ios", "macos", "windows", "windows-mail"],
  "samsung-email": ["android"],
  yahoo: ["android", "desktop-webmail", "ios"],
}).flatMap(([family, platforms]) => platforms.map((platform) => `${family}.${platform}`));
const views = {
  light: { viewport: { width: 720, height: 900 }, colorScheme: "light" },
  dark: { viewport: { width: 720, height: 900 }, colorScheme: "dark" },
  phone: { viewport: { width: 360, height: 740 }, colorScheme: "light" },
  off: { viewport: { width: 360, height: 740 }, colorScheme: "dark" },
  bare: { viewport: { width: 360, height: 740 }, colorScheme: "light" },
};
const judged = new Set(["light", "dark", "bare"]); // axe asks nothing more of the others

function unsupported(html, client) {
  const found = doIUseEmail(html, { emailClients: [client] }).errors ?? [];
  return [...new Set(found.map((error) => error.replace(/ is not supported by .*/, "")))];
}

function shown(file, name) {
  const html = readFileSync(file, "utf8");
  if (name === "bare") return html.replace(/<style[^>]*>.*?<\/style>/gs, "");
  const picture = file.replace(/html$/, "png");
  if (name === "off" || !existsSync(picture)) return html;
  return html.replace(/cid:[^"]+/, `data:image/png;base64,${readFileSync(picture).toString("base64")}`);
}

async function look(browser, file, name, folder) {
  const context = await browser.newContext(views[name]);
  const page = await context.newPage();
  const requests = [];
  page.on("request", (request) => /^(cid|data):/.test(request.url()) || requests.push(request.url()));
  await page.setContent(shown(file, name));
  const over = await sideways(page);
  await page.screenshot({ path: join(folder, `mail-${basename(file, ".html")}-${name}.png`), fullPage: true });
  const violations = judged.has(name) ? await against(page) : [];
  await context.close();
  return { view: name, violations, requests, sideways: over };
}

const [folder, ...files] = process.argv.slice(2);
const browser = await launch();
const seen = [];
for (const file of files) {
  const html = readFileSync(file, "utf8");
  const unknown = Object.fromEntries(clients.map((client) => [client, unsupported(html, client)]));
  const looks = await Promise.all(Object.keys(views).map((name) => look(browser, file, name, folder)));
  seen.push({ file: basename(file), unsupported: unknown, views: looks });
}
await browser.close();
console.log(JSON.stringify(seen, null, 1));
