import type { Dataset } from "@winnow/contracts";
import { ClassName } from "../elements/class-name.js";
import { Loaded } from "../elements/parts.js";
import { TableBox } from "../elements/table-box.js";
import { useCall } from "../service/queries.js";
import { useTexts } from "../texts/texts.js";

/** What changed from a version's parent, in all and by class. */
export function VersionChanges({
  dataset,
  parentName,
}: {
  readonly dataset: Dataset;
  readonly parentName: string;
}) {
  const t = useTexts();
  const diff = useCall("getDatasetDiff", { params: { id: dataset.id } });
  return (
    <section className="card">
      <h2 className="theirs">{t("changesFrom", { name: parentName })}</h2>
      <Loaded from={diff}>
        {({ relabelled, dropped, unchanged, classes }) => (
          <>
            <p>
              {t("relabelledRows")} {t.number(relabelled)} · {t("droppedRows")} {t.number(dropped)}{" "}
              · {t("unchangedRows")} {t.number(unchanged)}
            </p>
            <TableBox label={t("changesFrom", { name: parentName })}>
              <table>
                <thead>
                  <tr>
                    <th>{t("name")}</th>
                    <th className="number">{t("before")}</th>
                    <th className="number">{t("after")}</th>
                    <th className="number">{t("droppedRows")}</th>
                  </tr>
                </thead>
                <tbody>
                  {classes.map((one) => (
                    <tr key={one.name}>
                      <td className="theirs">
                        <ClassName>{one.name}</ClassName>
                      </td>
                      <td className="number">{t.number(one.before)}</td>
                      <td className="number">{t.number(one.after)}</td>
                      <td className="number">{t.number(one.dropped)}</td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </TableBox>
          </>
        )}
      </Loaded>
    </section>
  );
}
