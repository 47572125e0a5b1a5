import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { type JobEstimate, PruningOptions, TrainingParams } from "@winnow/contracts";
import { useEffect, useState } from "react";
import { Button } from "react-aria-components";
import { NumberInput } from "../elements/fields.js";
import { Fault } from "../elements/parts.js";
import { type FormValues, SchemaForm } from "../forms/schema-form.js";
import { service } from "../service/client.js";
import { useAction } from "../service/queries.js";
import { useTexts } from "../texts/texts.js";

const FOLDS = 3;
const TYPING_MS = 300;
/** Shown apart. */
const OTHERS = Object.keys(TrainingParams.shape).filter((name) => name !== "epochs");

/** Trains on folds and finds the doubtful labels; the service's own estimate is shown before. */
export function TrainForm({ datasetId }: { readonly datasetId: string }) {
  const t = useTexts();
  const navigate = useNavigate();
  const [folds, setFolds] = useState<number | undefined>(FOLDS);
  const [epochs, setEpochs] = useState<number | undefined>();
  const [training, setTraining] = useState<FormValues>({});
  const [pruning, setPruning] = useState<FormValues>({});
  const body = {
    datasetId,
    folds: folds ?? FOLDS,
    training: { ...training, ...(epochs === undefined ? {} : { epochs }) },
    pruning,
  };
  const estimate = useEstimate(body);
  const train = useAction("createFoldTraining", ["listJobs", "listCrossValidations"]);
  const fault = train.error ?? estimate.error;
  return (
    <section className="card stack">
      <h2>{t("trainTitle")}</h2>
      <div className="fields">
        <NumberInput
          label={t("folds")}
          help={t("foldsHelp")}
          value={folds}
          onChange={setFolds}
          min={2}
          max={20}
        />
        <NumberInput
          label={t("epochs")}
          help={t("epochsHelp")}
          value={epochs}
          onChange={setEpochs}
          min={1}
          max={100}
          placeholder={t("defaultChoice")}
        />
      </div>
      <details>
        <summary>{t("moreSettings")}</summary>
        <h3>{t("kind-fold-training")}</h3>
        <SchemaForm
          schema={TrainingParams}
          names={OTHERS}
          values={training}
          onChange={setTraining}
        />
        <h3 style={{ marginTop: 16 }}>{t("kind-pruning")}</h3>
        <SchemaForm schema={PruningOptions} values={pruning} onChange={setPruning} />
      </details>
      {fault && <Fault error={fault} />}
      <div className="spread">
        <p className="dim" role="status">
          {estimate.data
            ? sentenceOf(estimate.data.estimate, t)
            : estimate.error
              ? ""
              : t("estimating")}
        </p>
        <Button
          className="button main"
          isDisabled={train.isPending || estimate.error !== null}
          onPress={() =>
            train.mutate(
              { body: body as never },
              { onSuccess: ({ id }) => navigate({ to: "/jobs/$id", params: { id } }) },
            )
          }
        >
          {t("startTraining")}
        </Button>
      </div>
    </section>
  );
}

/** What the service says that the job would take, once nobody types any more. */
function useEstimate(body: object) {
  const text = JSON.stringify(body);
  const [settled, setSettled] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(text), TYPING_MS);
    return () => clearTimeout(timer);
  }, [text]);
  return useQuery({
    queryKey: ["estimate", settled],
    queryFn: ({ signal }) =>
      service().validate("createFoldTraining", { body: JSON.parse(settled), signal }),
  });
}

function sentenceOf(estimate: JobEstimate, t: ReturnType<typeof useTexts>): string {
  const { seconds, steps, peakMemoryBytes } = estimate;
  if (peakMemoryBytes === null) return t("estimateUnknown");
  const memory = t.bytes(peakMemoryBytes);
  if (seconds !== null) return t("estimate", { time: t.duration(seconds), memory });
  return steps === null ? t("estimateUnknown") : t("estimateSteps", { steps, memory });
}
