import { Link } from "@tanstack/react-router";
import type { Pruning } from "@winnow/contracts";
import { useState } from "react";
import { Button } from "react-aria-components";
import { StateTag } from "../elements/parts.js";
import { TableBox } from "../elements/table-box.js";
import { usePages } from "../service/queries.js";
import { useTexts } from "../texts/texts.js";
import { TrainForm } from "./train-form.js";

/** Trainings of a dataset and what was pruned by them, the newest first. */
export function Runs({ datasetId }: { readonly datasetId: string }) {
  const t = useTexts();
  const [isTraining, setTraining] = useState(false);
  const runs = usePages("listCrossValidations", { query: { datasetId } });
  const prunings = usePages("listPrunings", { query: { datasetId } });
  return (
    <>
      {isTraining ? (
        <TrainForm datasetId={datasetId} />
      ) : (
        runs.items.length > 0 && (
          <p className="actions" style={{ marginBottom: 12 }}>
            <Button className="button main" onPress={() => setTraining(true)}>
              {t("train")}
            </Button>
          </p>
        )
      )}
      <section className="card">
        {runs.isSuccess && runs.items.length === 0 ? (
          <p className="empty">{t("noRuns")}</p>
        ) : (
          <TableBox label={t("runs")}>
            <table>
              <thead>
                <tr>
                  <th>{t("run")}</th>
                  <th>{t("state")}</th>
                  <th className="number">{t("folds")}</th>
                  <th className="number">{t("accuracy")}</th>
                  <th>{t("prunings")}</th>
                </tr>
              </thead>
              <tbody>
                {runs.items.map(({ id, state, folds, accuracy, createdAt }) => (
                  <tr key={id}>
                    <td>
                      <Link to="/cross-validations/$id" params={{ id }}>
                        {t.time(createdAt)}
                      </Link>
                    </td>
                    <td>
                      <StateTag state={state} />
                    </td>
                    <td className="number">{t.number(folds)}</td>
                    <td className="number">{t.percent(accuracy)}</td>
                    <td>
                      {prunings.items
                        .filter(({ crossValidationId }) => crossValidationId === id)
                        .map((pruning) => (
                          <PruningLine key={pruning.id} pruning={pruning} />
                        ))}
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          </TableBox>
        )}
      </section>
    </>
  );
}

function PruningLine({ pruning }: { readonly pruning: Pruning }) {
  const t = useTexts();
  const { id, state, flagged, report } = pruning;
  const ap = report?.truth?.averagePrecision?.normalizedMargin;
  return (
    <div>
      <Link to="/prunings/$id" params={{ id }}>
        {flagged === null ? t("pruning") : `${t("flagged")} ${t.number(flagged)}`}
      </Link>{" "}
      {state !== "ready" && <StateTag state={state} />}
      {ap !== null && ap !== undefined && <span className="dim"> AP {t.number(ap, 3)}</span>}
    </div>
  );
}
