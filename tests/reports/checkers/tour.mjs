// Does in a browser what docs/tour.md tells a newcomer to do: node tour.mjs SCENE FOLDER ADDRESS [MONTH]
//
// Ends with an error when what the page promises is not seen. Pictures for the page are left in the folder. ADDRESS is that
// of Airflow or, for `receipt` and `mail`, a file. CHROMIUM names the browser's program.
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { launch } from "./browser.mjs";

const [scene, folder, address, month] = process.argv.slice(2);
const patience = 240_000;

// Not every page of Airflow renews itself, so a newcomer loads it again as well.
async function waitFor(page, wanted) {
  for (const end = Date.now() + patience; Date.now() < end; await page.reload()) {
    if (await wanted.waitFor({ timeout: 5_000 }).then(() => true, () => false)) return;
  }
  throw new Error(`${scene}: not seen in ${patience / 1000} s: ${wanted}`);
}

async function picture(page, name) {
  await page.waitForLoadState("networkidle");
  await page.waitForTimeout(700); // Airflow fades in what it draws
  await page.screenshot({ path: join(folder, `tour-${name}.png`) });
}

async function board(page) {
  await page.goto(address);
  await page.getByRole("button", { name: "Browse" }).click();
  await page.getByRole("menuitem", { name: "Assurance" }).click();
  const shown = page.frameLocator("iframe");
  await shown.getByRole("link", { name: "Case outcomes by offence category" }).click();
  await page.waitForURL(/board\/outcomes/); // which is there again when the page is loaded again
  return shown;
}

const scenes = {
  async dags(page) {
    await page.goto(`${address}/dags`);
    for (const name of ["receive_returns", "close_month", "measure_month", "publish_month"])
      await page.getByRole("link", { name, exact: true }).waitFor();
    await picture(page, "dags");
  },
  async arrival(page) {
    await page.goto(`${address}/dags/receive_returns/runs`);
    await waitFor(page, page.getByRole("row", { name: /Asset Triggered/i }).filter({ hasText: "Success" }).first());
    await picture(page, "arrival");
  },
  async rejected(page) {
    const shown = await board(page);
    await waitFor(page, shown.getByRole("row", { name: /LON.*Rejected/ }));
  },
  async receipt(page) {
    await page.goto(pathToFileURL(resolve(address)).href);
    await page.getByText("The percentage in this row does not follow from its counts.").waitFor();
    await page.getByText("convictions_pct, row 6").waitFor();
    await page.getByText("send the whole file again as version 02").waitFor();
    await picture(page, "receipt");
  },
  async mended(page) {
    const shown = await board(page);
    await waitFor(page, shown.getByRole("row", { name: /LON.*Accepted/ }));
  },
  async others(page) {
    const shown = await board(page);
    await waitFor(page, shown.getByText("11 of 13 Areas are in"));
    await shown.getByRole("row", { name: /SEA.*Rejected/ }).waitFor();
    await shown.getByText("11 of 13 Areas are in").evaluate((it) => it.scrollIntoView());
    await picture(page, "board");
  },
  async close(page) {
    await page.goto(`${address}/dags/close_month`);
    await page.getByRole("button", { name: "Trigger" }).click();
    await page.locator("#element_collection").fill("outcomes");
    await page.locator("#element_period").fill(month);
    await page.getByTestId("trigger-dag-submit").scrollIntoViewIfNeeded();
    await picture(page, "close");
    await page.getByTestId("trigger-dag-submit").click();
    await page.waitForURL(/close_month\/runs\//);
  },
  async sign_off(page) {
    await page.goto(`${address}/required_actions`);
    const asked = page.getByRole("link", { name: `Sign-off of release outcomes/${month}/1` });
    await waitFor(page, asked);
    await asked.click();
    await page.getByText("North East: no return has come").waitFor();
    await picture(page, "sign-off");
    const asking = page.url();
    await page.goto(asking.replace(/\/tasks\/.*/, ""));
    await page.getByRole("link", { name: "Report", exact: true }).click();
    await page.frameLocator("iframe").getByText("of prosecutions ended in a conviction").first().waitFor();
    await picture(page, "report");
    await page.goto(asking);
    await page.getByTestId("hitl-option-Approve").click();
    await page.goto(asking.replace(/\/tasks\/.*/, ""));
    await waitFor(page, page.getByRole("row", { name: /send/ }).filter({ hasText: "Success" }));
  },
  async mail(page) {
    await page.goto(pathToFileURL(resolve(address)).href);
    await page.getByText("North East (no return) and South East (rejected)").last().waitFor();
    await picture(page, "mail");
  },
};

const browser = await launch({ reaches: "127.0.0.1" });
try {
  const page = await browser.newPage({ viewport: { width: 1280, height: 860 } });
  await scenes[scene](page).catch(async (error) => {
    await page.screenshot({ path: join(folder, `failed-${scene}.png`) });
    throw error;
  });
} finally {
  await browser.close();
}
