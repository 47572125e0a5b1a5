import { Button } from "react-aria-components";
import { LabelChange } from "../elements/label-change.js";
import { Loaded } from "../elements/parts.js";
import { TableBox } from "../elements/table-box.js";
import { useCall } from "../service/queries.js";
import { useTexts } from "../texts/texts.js";

const SHOWN = 10;

/** Pairs of classes that take each other's rows, the largest first. */
export function Pairs({
  pruningId,
  onChoose,
}: {
  readonly pruningId: string;
  readonly onChoose: (given: string, suggested: string) => void;
}) {
  const t = useTexts();
  const pairs = useCall("listPruningPairs", { params: { id: pruningId } });
  return (
    <section className="card">
      <h2>{t("pairs")}</h2>
      <Loaded from={pairs}>
        {({ data }) => (
          <TableBox label={t("pairs")}>
            <table>
              <thead>
                <tr>
                  <th>{`${t("given")} → ${t("suggested")}`}</th>
                  <th className="number">{t("pairRows")}</th>
                  <th>
                    <span className="unseen">{t("open")}</span>
                  </th>
                </tr>
              </thead>
              <tbody>
                {data.slice(0, SHOWN).map(({ given, suggested, examples }) => (
                  <tr key={`${given}\n${suggested}`}>
                    <td className="theirs">
                      <LabelChange given={given} suggested={suggested} />
                    </td>
                    <td className="number">{t.number(examples)}</td>
                    <td>
                      <Button className="button small" onPress={() => onChoose(given, suggested)}>
                        {t("open")}
                        <span className="unseen">{t("flagsOfCell", { given, suggested })}</span>
                      </Button>
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          </TableBox>
        )}
      </Loaded>
    </section>
  );
}
