import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { anchorOf } from "../../infra/reference/markdown.js";
import { findTool } from "../../infra/setup/debian-tools.mjs";

const ROOT = join(import.meta.dirname, "../..");
const read = (path: string) => readFileSync(join(ROOT, path), "utf8");
const RULES = read("infra/observability/alerts.yml");
const RULE_TESTS = read("infra/observability/alerts.test.yml");
const folder = mkdtempSync(join(tmpdir(), "winnow-rules-"));

afterAll(() => rmSync(folder, { recursive: true }));

/** What promtool says of the rules and their tests. */
function promtool(rules: string): { good: boolean; output: string } {
  writeFileSync(join(folder, "alerts.yml"), rules);
  writeFileSync(join(folder, "alerts.test.yml"), RULE_TESTS);
  const runs = [
    ["check", "rules", "alerts.yml"],
    ["test", "rules", "alerts.test.yml"],
  ].map((args) => spawnSync(findTool("promtool")!, args, { cwd: folder, encoding: "utf8" }));
  return {
    good: runs.every(({ status }) => status === 0),
    output: runs.map(({ stdout, stderr }) => stdout + stderr).join(""),
  };
}

/** What promtool says of the configuration of docker-compose.yml's Prometheus. */
function configIsGood(config: string): boolean {
  writeFileSync(join(folder, "alerts.yml"), RULES);
  writeFileSync(join(folder, "prometheus.yml"), config);
  const args = ["check", "config", "prometheus.yml"];
  return spawnSync(findTool("promtool")!, args, { cwd: folder }).status === 0;
}

it("Prometheus reads its configuration and the rules that it names, and refuses a typo", () => {
  const config = read("infra/observability/prometheus.yml");
  expect(configIsGood(config)).toBe(true);
  expect(configIsGood(config.replace("static_configs", "static_confgs"))).toBe(false);
  expect(configIsGood(config.replace("alerts.yml", "alert.yml"))).toBe(false);
});

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly annotations: { readonly runbook: string };
}
const rulesOf = (text: string): Rule[] =>
  (parse(text) as { groups: { rules: Rule[] }[] }).groups.flatMap(({ rules }) => rules);

describe("the alert rules", () => {
  it("are what Prometheus reads, and each fires in its test and not before", () => {
    const { good, output } = promtool(RULES);
    expect(good, output).toBe(true);
    for (const { alert } of rulesOf(RULES)) expect(RULE_TESTS).toContain(`alertname: ${alert}\n`);
  });

  it.each([
    ["a broken expression", RULES.replace("== 0", "= 0")],
    ["another metric", RULES.replace("winnow_redis_up", "winnow_redis_ok")],
    ["another threshold", RULES.replace("> 3600", "> 36000")],
    ["an unknown key", RULES.replace("annotations:", "anotations:")],
  ])("with %s are refused", (_, rules) => {
    expect(rules).not.toBe(RULES);
    expect(promtool(rules).good).toBe(false);
  });

  it("each has a section of the runbooks", () => {
    const anchors = [...read("docs/how-to/runbooks.md").matchAll(/^## (.*)$/gm)].map(
      ([, heading = ""]) => `docs/how-to/runbooks.md#${anchorOf(heading)}`,
    );
    const named = rulesOf(RULES).map(({ annotations }) => annotations.runbook);
    expect(named.sort()).toEqual(anchors.sort());
  });
});

const DASHBOARD = read("infra/observability/dashboard.json");
const reference = read("docs/reference/metrics.md");
const KINDS_OF_FIGURE = ["", "_bucket", "_sum", "_count"];
const metrics = new Set(
  [...reference.matchAll(/`((?:winnow|nodejs|process)_\w+)`/g)].flatMap(([, name]) =>
    KINDS_OF_FIGURE.map((suffix) => `${name}${suffix}`),
  ),
);
const unknownMetrics = (expressions: string): string[] =>
  [...expressions.matchAll(/\b(?:winnow|nodejs|process)_\w+/g)]
    .map(([name]) => name)
    .filter((name) => !metrics.has(name));
const dashboardExpressions = (text: string): string => {
  const { panels } = JSON.parse(text) as { panels: { targets: { expr: string }[] }[] };
  return panels.flatMap(({ targets }) => targets.map(({ expr }) => expr)).join("\n");
};
const ruleExpressions = rulesOf(RULES)
  .map(({ expr }) => expr)
  .join("\n");

describe("rules and dashboard", () => {
  it("name only metrics that the programs have", () => {
    expect(unknownMetrics(ruleExpressions)).toEqual([]);
    expect(unknownMetrics(dashboardExpressions(DASHBOARD))).toEqual([]);
  });

  it("with a typo in a metric's name are found", () => {
    const typo = (text: string) => text.replaceAll("_seconds_count", "_secondes_count");
    expect(unknownMetrics(typo(ruleExpressions)).length).toBeGreaterThan(0);
    expect(unknownMetrics(dashboardExpressions(typo(DASHBOARD))).length).toBeGreaterThan(0);
  });

  it("the dashboard's expressions are what Prometheus reads", () => {
    const rules = dashboardExpressions(DASHBOARD)
      .split("\n")
      .map((expr, i) => ({ record: `panel:${i}`, expr }));
    const asRules = (list: object[]) =>
      JSON.stringify({ groups: [{ name: "panels", rules: list }] });
    const check = (text: string) => {
      writeFileSync(join(folder, "panels.yml"), text);
      const run = spawnSync(findTool("promtool")!, ["check", "rules", "panels.yml"], {
        cwd: folder,
      });
      return run.status;
    };
    expect(check(asRules(rules))).toBe(0);
    expect(check(asRules([...rules, { record: "panel:x", expr: "sum(winnow_jobs" }]))).not.toBe(0);
  });
});
