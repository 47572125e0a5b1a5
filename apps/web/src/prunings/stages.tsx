import type { Pruning } from "@winnow/contracts";
import { useTexts } from "../texts/texts.js";

/** How many rows each stage of confident learning left, under the names of the report. */
export function Stages({ report }: { readonly report: Pruning["report"] }) {
  const t = useTexts();
  if (report === null) return null;
  return (
    <section className="card">
      <details>
        <summary>{t("stages")}</summary>
        <table>
          <tbody>
            {Object.entries(report.counts).map(([name, count]) => (
              <tr key={name}>
                <td>{name}</td>
                <td className="number">{t.number(count)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </details>
    </section>
  );
}
