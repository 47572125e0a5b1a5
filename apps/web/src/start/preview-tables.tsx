import type { UploadPreview } from "@winnow/contracts";
import { Bars } from "../charts/bars.js";
import { ClassName } from "../elements/class-name.js";
import { TableBox } from "../elements/table-box.js";
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
        <TableBox label={t("rejects")} className="preview-table">
          <table>
            <thead>
              <tr>
                <th className="number">{t("line")}</th>
                <th>{t("reason")}</th>
                <th>{t("excerpt")}</th>
              </tr>
            </thead>
            <tbody>
              {rejects.map(({ line, reason, detail, excerpt }) => (
                <tr key={`${line} ${reason}`}>
                  <td className="number">{t.number(line)}</td>
                  <td title={detail}>{rejectText(reason, t)}</td>
                  <td>
                    <span className="clip theirs">{excerpt}</span>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </TableBox>
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
      <TableBox className="preview-table" label={t("firstRows")}>
        <table>
          <thead>
            <tr>
              <th className="number">{t("line")}</th>
              <th>{t("text")}</th>
              <th>{t("label")}</th>
            </tr>
          </thead>
          <tbody>
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
          </tbody>
        </table>
      </TableBox>
    </section>
  );
}
