import { MODEL_KINDS, type ModelKind } from "@winnow/contracts";
import { useId, useState } from "react";
import { NumberInput } from "../elements/fields.js";
import { JobForm } from "../forms/job-form.js";
import type { JsonObject } from "../forms/schema-node.js";
import { type TextKey, useTexts } from "../texts/texts.js";

/** Shown above the others, or fixed. */
const APART = ["datasetId", "folds", "training/epochs"];

/** Trains on folds and finds the doubtful labels; the service's own estimate is shown before. */
export function TrainForm({ datasetId }: { readonly datasetId: string }) {
  const t = useTexts();
  const [value, setValue] = useState<JsonObject>({
    datasetId,
    model: { kind: "quick" },
    pruning: {},
  });
  const training = (value.training ?? {}) as JsonObject;
  const { kind = "albert" } = (value.model ?? {}) as { readonly kind?: ModelKind };
  return (
    <section className="card stack">
      <h2>{t("trainTitle")}</h2>
      <JobForm
        kind="fold-training"
        value={value}
        onChange={setValue}
        apart={APART}
        action={t("startTraining")}
        isFolded
      >
        <ModelChoice
          value={kind}
          onChange={(next) => {
            const { training: _, ...rest } = value;
            setValue({ ...rest, model: { kind: next } });
          }}
        />
        <div className="fields">
          <NumberInput
            label={t("folds")}
            help={t("foldsHelp")}
            value={value.folds as number | undefined}
            onChange={(folds) => {
              const { folds: _, ...rest } = value;
              setValue(folds === undefined ? rest : { ...rest, folds });
            }}
            min={2}
            max={20}
            placeholder={t("defaultChoice")}
          />
          {kind === "albert" && (
            <NumberInput
              label={t("epochs")}
              help={t("epochsHelp")}
              value={training.epochs as number | undefined}
              onChange={(epochs) => {
                const { epochs: _, ...rest } = training;
                setValue({ ...value, training: epochs === undefined ? rest : { ...rest, epochs } });
              }}
              min={1}
              max={100}
              placeholder={t("defaultChoice")}
            />
          )}
        </div>
      </JobForm>
    </section>
  );
}

/** The quickest first: it answers while somebody still thinks about the others. */
const ORDER: readonly ModelKind[] = ["quick", "linear", "albert"];
const KINDS = [...ORDER, ...MODEL_KINDS.filter((kind) => !ORDER.includes(kind))];

function ModelChoice({
  value,
  onChange,
}: {
  readonly value: ModelKind;
  readonly onChange: (kind: ModelKind) => void;
}) {
  const t = useTexts();
  const name = useId();
  return (
    <fieldset className="cards">
      <legend>{t("model")}</legend>
      {KINDS.map((kind) => (
        <label key={kind} className="choice-card">
          <input
            type="radio"
            name={name}
            checked={kind === value}
            onChange={() => onChange(kind)}
          />
          <span>
            <strong>{t.has(`model-${kind}`) ? t(`model-${kind}` as TextKey) : kind}</strong>
            {t.has(`modelHelp-${kind}`) && (
              <span className="dim small"> {t(`modelHelp-${kind}` as TextKey)}</span>
            )}
          </span>
        </label>
      ))}
    </fieldset>
  );
}
