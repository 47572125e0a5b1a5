import type { DatasetProfile } from "@winnow/contracts";
import { useMemo, useState } from "react";
import { Button } from "react-aria-components";
import { Bars } from "../charts/bars.js";
import { Choice } from "../elements/fields.js";
import { Loaded } from "../elements/parts.js";
import { Warnings } from "../elements/problems.js";
import { TableBox } from "../elements/table-box.js";
import { useCall } from "../service/queries.js";
import { isolate } from "../texts/isolate.js";
import { useTexts } from "../texts/texts.js";
import { Annotators } from "./annotators.js";

const SHOWN = 20;

/** What a dataset looks like: classes, lengths, repeated texts and their conflicts. */
export function Overview({ datasetId }: { readonly datasetId: string }) {
  const profile = useCall("getDatasetProfile", { params: { id: datasetId } });
  return (
    <Loaded from={profile}>
      {(data) => (
        <>
          <Warnings items={data.warnings} />
          <div className="grid-2">
            <ClassHistogram profile={data} />
            <div className="stack">
              <Lengths lengths={data.lengths} />
              <Duplicates profile={data} />
            </div>
          </div>
          {data.annotators && <Annotators profile={data.annotators} />}
          <Conflicts profile={data} />
        </>
      )}
    </Loaded>
  );
}

/** Rows by class; of paths such as `sports/football`, at any level of them. */
function ClassHistogram({ profile }: { readonly profile: DatasetProfile }) {
  const t = useTexts();
  const depth = Math.max(1, ...profile.classHistogram.map(({ name }) => name.split("/").length));
  const [level, setLevel] = useState(0);
  const [isWhole, setWhole] = useState(false);
  const shown = level === 0 ? depth : level;
  const rows = useMemo(() => {
    const counts = new Map<string, number>();
    for (const { name, count } of profile.classHistogram) {
      const key = name.split("/").slice(0, shown).join("/");
      counts.set(key, (counts.get(key) ?? 0) + count);
    }
    return [...counts].sort(([, a], [, b]) => b - a);
  }, [profile, shown]);
  const visible = isWhole ? rows : rows.slice(0, SHOWN);
  return (
    <section className="card">
      <h2>{t("classHistogram")}</h2>
      {depth > 1 && (
        <div className="fields" style={{ marginBottom: 12 }}>
          <Choice
            label={t("classes")}
            value={String(shown)}
            options={Array.from(
              { length: depth },
              (_, i) => [String(i + 1), t("level", { level: i + 1 })] as const,
            )}
            onChange={(value) => setLevel(Number(value))}
          />
        </div>
      )}
      <Bars
        items={visible.map(([name, count]) => ({ name, value: count, text: t.number(count) }))}
      />
      {!isWhole && rows.length > SHOWN && (
        <Button className="button small" onPress={() => setWhole(true)}>
          {t("more")} ({t.number(rows.length - SHOWN)})
        </Button>
      )}
    </section>
  );
}

/** The quantiles of the lengths, as a line from the shortest to the longest. */
function Lengths({ lengths }: { readonly lengths: DatasetProfile["lengths"] }) {
  const t = useTexts();
  const { min, p5, median, p95, p99, max, mean } = lengths;
  const items = [
    [t("shortest"), min],
    ["5 %", p5],
    [t("median"), median],
    [t("mean"), mean],
    ["95 %", p95],
    ["99 %", p99],
    [t("longest"), max],
  ] as const;
  return (
    <section className="card">
      <h2>{t("lengths")}</h2>
      <Bars items={items.map(([name, value]) => ({ name, value, text: t.number(value, 1) }))} />
    </section>
  );
}

function Duplicates({ profile }: { readonly profile: DatasetProfile }) {
  const t = useTexts();
  const { duplicates, nearDuplicates } = profile;
  const lines: (readonly [number, string])[] = [
    [duplicates.texts, t("duplicateTexts")],
    [duplicates.conflictingTexts, t("conflicts")],
  ];
  if (nearDuplicates) {
    lines.push([nearDuplicates.groups, t("nearDuplicates")]);
    lines.push([nearDuplicates.conflictingGroups, t("nearConflicts")]);
  }
  return (
    <section className="card">
      <h2>{t("duplicates")}</h2>
      <table>
        <tbody>
          {lines.map(([count, name]) => (
            <tr key={name}>
              <td className="number" style={{ width: 80 }}>
                <strong>{t.number(count)}</strong>
              </td>
              <td>{name}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

/** One text may have hundreds. */
const LABELS_SHOWN = 6;

function Conflicts({ profile }: { readonly profile: DatasetProfile }) {
  const t = useTexts();
  const exact = (profile.duplicates.examples ?? []).map(({ text, labels }) => ({ text, labels }));
  const near = (profile.nearDuplicates?.largest ?? [])
    .filter(({ labels }) => new Set(labels).size > 1)
    .map(({ texts, labels }) => ({ text: texts[0] ?? "", labels: [...new Set(labels)] }));
  const all = [...exact, ...near].slice(0, SHOWN);
  if (all.length === 0) return null;
  return (
    <section className="card">
      <h2>{t("conflictExamples")}</h2>
      <TableBox label={t("conflictExamples")}>
        <table>
          <tbody>
            {all.map(({ text, labels }) => (
              <tr key={text}>
                <td>
                  <span className="clip theirs">{text}</span>
                </td>
                <td className="theirs">
                  {labels.slice(0, LABELS_SHOWN).map(isolate).join(" · ")}
                  {labels.length > LABELS_SHOWN &&
                    ` · ${t("otherLabels", { count: labels.length - LABELS_SHOWN })}`}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </TableBox>
    </section>
  );
}
