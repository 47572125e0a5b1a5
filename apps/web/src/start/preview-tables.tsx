import type { UploadPreview } from "@winnow/contracts";
import { Bars } from "../charts/bars.js";
import { ClassName } from "../elements/class-name.js";
import { HeadedTable } from "../elements/headed-table.js";
import { rejectText, useTexts } from "../texts/texts.js";

const CLASSES_SHOWN = 12;

/** The classes of the rows that were looked at, the largest first. */
export function Classes({ read }: { readonly read: UploadPreview }) {
  const t = useTexts();
  const top = [...read.classes].sort((a, b) => b.count - a.count).slice(0, CLASSES_SHOWN);
  return (
    <section className="card">
      <h2>{t("classesSeen", { count: read.classes.length, rows: read.rowsLooked })}</h2>
      <Bars items={top.map(({ name, count }) => ({ name, value: count, text: t.number(count) }))} />
    </section>
  );
}

/** Rows that would be left out, and why. */
export function Rejects({ read }: { readonly read: UploadPreview }) {
  const t = useTexts();
  const { rejects } = read;
  return (
    <section className="card">
      <h2>{rejects.length === 0 ? t("noRejects") : t("rejectsSeen", { count: rejects.length })}</h2>
      {rejects.length > 0 && (
        <HeadedTable
          label={t("rejects")}
          className="preview-table"
          heads={[
            { text: t("line"), isNumber: true },
            { text: t("reason") },
            { text: t("excerpt") },
          ]}
        >
          {rejects.map(({ line, reason, detail, excerpt }) => (
            <tr key={`${line} ${reason}`}>
              <td className="number">{t.number(line)}</td>
              <td title={detail}>{rejectText(reason, t)}</td>
              <td>
                <span className="clip theirs">{excerpt}</span>
              </td>
            </tr>
          ))}
        </HeadedTable>
      )}
    </section>
  );
}

/** The first rows as they would be read. */
export function Rows({ read }: { readonly read: UploadPreview }) {
  const t = useTexts();
  return (
    <section className="card">
      <h2>{t("firstRows")}</h2>
      <HeadedTable
        className="preview-table"
        label={t("firstRows")}
        heads={[{ text: t("line"), isNumber: true }, { text: t("text") }, { text: t("label") }]}
      >
        {read.samples.map(({ line, text, label }) => (
          <tr key={line}>
            <td className="number">{t.number(line)}</td>
            <td>
              <span className="clip theirs">{text}</span>
            </td>
            <td className="theirs">
              <ClassName>{label}</ClassName>
            </td>
          </tr>
        ))}
      </HeadedTable>
    </section>
  );
}
