import { DatasetIngestParams, RequestedFormat, type UploadPreview } from "@winnow/contracts";
import { useMemo } from "react";
import { Choice } from "../elements/fields.js";
import { SchemaForm } from "../forms/schema-form.js";
import { formOf, type JsonObject, without } from "../forms/schema-node.js";
import { translateForm } from "../forms/translate-form.js";
import { useTexts } from "../texts/texts.js";

const TYPES = RequestedFormat.shape.type.options;
const SHOWN_COLUMNS = ["type", "textColumn", "labelColumn", "trueLabelColumn"];
const OF_THE_PAGE = ["name", "source", "format", "noise"];

/** Which format, and which of its columns hold what. */
export function FormatChoice({
  format,
  read,
  onChange,
}: {
  readonly format: RequestedFormat | undefined;
  readonly read: UploadPreview | undefined;
  readonly onChange: (format: RequestedFormat) => void;
}) {
  const t = useTexts();
  const columns = read?.columns ?? null;
  const type = format?.type ?? "auto";
  const column = (
    key: "textColumn" | "labelColumn" | "trueLabelColumn",
    none: string | null,
  ): React.ReactNode => {
    if (columns === null) return null;
    const held = format?.[key];
    const value = typeof held === "number" ? (columns[held] ?? "") : (held ?? "");
    const options = columns.map((name) => [name, name] as const);
    const empty = none === null && value !== "" ? [] : [["", none ?? "–"] as const];
    return (
      <Choice
        label={t(key)}
        value={value}
        options={[...empty, ...options]}
        onChange={(chosen) => {
          const { [key]: _, ...rest } = format ?? { type };
          onChange(chosen === "" ? rest : { ...rest, [key]: chosen });
        }}
      />
    );
  };
  return (
    <div className="fields">
      <Choice
        label={t("format")}
        value={type}
        options={TYPES.map((one) => [one, one] as const)}
        // Another format has other columns.
        onChange={(chosen) => onChange({ type: chosen as RequestedFormat["type"] })}
      />
      {column("textColumn", null)}
      {column("labelColumn", null)}
      {column("trueLabelColumn", t("noColumn"))}
    </div>
  );
}

/** How a file of this kind is written, and what else an ingest can be told. */
export function MoreSettings({
  format,
  options,
  onFormat,
  onOptions,
}: {
  readonly format: RequestedFormat;
  readonly options: JsonObject;
  readonly onFormat: (format: RequestedFormat) => void;
  readonly onOptions: (options: JsonObject) => void;
}) {
  const t = useTexts();
  const forms = useMemo(
    () => ({
      format: translateForm(without(formOf(RequestedFormat), SHOWN_COLUMNS), t.help),
      ingest: translateForm(without(formOf(DatasetIngestParams), OF_THE_PAGE), t.help),
    }),
    [t],
  );
  return (
    <details style={{ marginTop: 14 }}>
      <summary>{t("moreSettings")}</summary>
      <SchemaForm
        form={forms.format}
        value={format as unknown as JsonObject}
        onChange={(next) => onFormat(next as unknown as RequestedFormat)}
      />
      <h3 style={{ margin: "16px 0 8px" }}>{t("kind-dataset-ingest")}</h3>
      <SchemaForm form={forms.ingest} value={options} onChange={onOptions} />
    </details>
  );
}
