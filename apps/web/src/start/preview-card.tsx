import {
  type DatasetFormat,
  LabelPolicy,
  type RequestedFormat,
  type UploadPreview,
} from "@winnow/contracts";
import { useState } from "react";
import { Button } from "react-aria-components";
import { TextInput } from "../elements/fields.js";
import { Loaded } from "../elements/parts.js";
import { Fault, Warnings } from "../elements/problems.js";
import type { JsonObject } from "../forms/schema-node.js";
import { useAction, useCall } from "../service/queries.js";
import { useTexts } from "../texts/texts.js";
import { FormatChoice, MoreSettings } from "./format-choice.js";
import { Classes, Rejects, Rows } from "./preview-tables.js";

const AUTO: RequestedFormat = { type: "auto" };
const PREVIEW_ROWS = 20;

/** The start of a file as it would be read; what is guessed can be changed before it is. */
export default function PreviewCard({
  uploadId,
  fileName,
  knownFormat,
  onIngest,
}: {
  readonly uploadId: string;
  readonly fileName: string;
  readonly knownFormat: DatasetFormat | undefined;
  readonly onIngest: (datasetId: string) => void;
}) {
  const t = useTexts();
  const [format, setFormat] = useState<RequestedFormat | undefined>(knownFormat);
  const [name, setName] = useState(fileName.replace(/\.[^.]*$/, "") || fileName);
  const [options, setOptions] = useState<JsonObject>({});
  const labels = LabelPolicy.safeParse(options.labels ?? {});
  const body = {
    rows: PREVIEW_ROWS,
    ...(format ? { format } : {}),
    ...(options.labels && labels.success ? { labels: labels.data } : {}),
  };
  const preview = useCall("previewUpload", { params: { id: uploadId }, body }, { keep: true });
  const ingest = useAction("createDatasetIngest", ["listDatasets", "listJobs"]);
  const start = (read: UploadPreview) =>
    ingest.run(
      {
        body: {
          ...options,
          name: name.trim(),
          source: { type: "upload", uploadId },
          ...(read.format ? { format: read.format } : {}),
        },
      },
      (job) => onIngest(String(job.datasetId)),
    );
  // What was chosen stays when the service cannot read the file that way.
  const shown = preview.data;
  return (
    <>
      {preview.error && <Fault error={preview.error} retry={() => preview.refetch()} />}
      {preview.error && !shown && (
        <section className="card">
          <FormatChoice format={format} read={undefined} onChange={setFormat} />
        </section>
      )}
      {(shown || !preview.error) && (
        <Loaded from={preview}>
          {(read) => (
            <>
              <section className="card">
                <h2>{t("previewTitle")}</h2>
                <p className="dim">
                  {read.format?.type ?? t("unknown")}
                  {read.format?.delimiter && ` ( ${read.format.delimiter} )`} ·{" "}
                  {read.guessed
                    ? t("guess", { share: t.percent(read.confidence, 0) })
                    : t("chosen")}
                  {read.encoding !== "utf-8" && ` · ${read.encoding}`}
                  {read.compression !== "none" && ` · ${read.compression}`}
                </p>
                <FormatChoice
                  format={format ?? read.format ?? undefined}
                  read={read}
                  onChange={setFormat}
                />
                <MoreSettings
                  format={format ?? read.format ?? AUTO}
                  options={options}
                  onFormat={setFormat}
                  onOptions={setOptions}
                />
                {read.problem && <p className="warning theirs">{read.problem.message}</p>}
                <Warnings items={read.warnings} />
                <OneClassChoice read={read} options={options} onChange={setOptions} />
              </section>
              <div className="grid-2">
                <Classes read={read} />
                <Rejects read={read} />
              </div>
              <Rows read={read} />
              {ingest.error && <Fault error={ingest.error} />}
              <section className="card spread sticky-action">
                <div style={{ flex: "1 1 220px" }}>
                  <TextInput label={t("datasetName")} value={name} onChange={setName} />
                </div>
                <Button
                  className="button main"
                  isDisabled={name.trim() === "" || read.format === null || ingest.isPending}
                  onPress={() => start(read)}
                >
                  {t("readFile")}
                </Button>
              </section>
            </>
          )}
        </Loaded>
      )}
    </>
  );
}

/** For class names that nearly agree: whether they are one class. */
function OneClassChoice({
  read,
  options,
  onChange,
}: {
  readonly read: UploadPreview;
  readonly options: JsonObject;
  readonly onChange: (options: JsonObject) => void;
}) {
  const t = useTexts();
  const { normalizeLabels = false, ...labels } = (options.labels ?? {}) as JsonObject;
  const isOffered = read.warnings.some(({ code }) => code === "similar-classes");
  if (!isOffered && normalizeLabels !== true) return null;
  return (
    <label className="check">
      <input
        type="checkbox"
        checked={normalizeLabels === true}
        onChange={({ target }) =>
          onChange({ ...options, labels: { ...labels, normalizeLabels: target.checked } })
        }
      />{" "}
      {t("oneClass")}
    </label>
  );
}
