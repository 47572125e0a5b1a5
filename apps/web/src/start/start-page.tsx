import { Link, useNavigate } from "@tanstack/react-router";
import { lazy, Suspense, useState } from "react";
import { Button, DropZone, FileTrigger } from "react-aria-components";
import { DatasetTable } from "../datasets/dataset-table.js";
import { PageHead } from "../elements/page-head.js";
import { Meter } from "../elements/parts.js";
import { Fault } from "../elements/problems.js";
import { usePages } from "../service/queries.js";
import { useTexts } from "../texts/texts.js";
import { useUpload } from "./use-upload.js";

const PreviewCard = lazy(() => import("./preview-card.js"));

/** From a file to the question which of its labels are wrong. */
export function StartPage() {
  const t = useTexts();
  const upload = useUpload();
  const navigate = useNavigate();
  if (upload.state.step === "done") {
    const { id, name, format } = upload.state;
    return (
      <div className="start">
        <PageHead title={name} isTheirs>
          <div className="actions">
            <Button className="button" onPress={upload.reset}>
              {t("otherFile")}
            </Button>
          </div>
        </PageHead>
        <Suspense fallback={<p className="empty">{t("loading")}</p>}>
          <PreviewCard
            uploadId={id}
            fileName={name}
            knownFormat={format}
            onIngest={(datasetId) => navigate({ to: "/datasets/$id", params: { id: datasetId } })}
          />
        </Suspense>
      </div>
    );
  }
  return (
    <div className="start">
      <PageHead title={t("startTitle")} />
      <p className="lead">{t("startLead")}</p>
      <DropArea upload={upload} />
      <YourDatasets />
    </div>
  );
}

function DropArea({ upload }: { readonly upload: ReturnType<typeof useUpload> }) {
  const t = useTexts();
  const { state, send, sendDemo } = upload;
  const [fault, setFault] = useState<Error | null>(null);
  const attempt = (work: Promise<void>) => {
    setFault(null);
    work.catch((error: Error) => setFault(error));
  };
  return (
    <>
      {fault && <Fault error={fault} />}
      <DropZone
        className="drop-zone"
        aria-label={t("drop")}
        onDrop={async ({ items }) => {
          const file = items.find((item) => item.kind === "file");
          if (file?.kind === "file") attempt(send(await file.getFile()));
        }}
      >
        {state.step === "sending" ? (
          <>
            <strong className="theirs">{t("uploading", { name: state.name })}</strong>
            <Meter share={state.share} label={t("uploading", { name: state.name })} />
          </>
        ) : (
          <>
            <strong>{t("drop")}</strong>
            <span className="dim">{t("dropKinds")}</span>
            <div className="actions">
              <FileTrigger
                onSelect={(files) => {
                  const [file] = files ?? [];
                  if (file) attempt(send(file));
                }}
              >
                <Button className="button main">{t("chooseFile")}</Button>
              </FileTrigger>
              <Button className="button" onPress={() => attempt(sendDemo())}>
                {t("tryDemo")}
              </Button>
            </div>
            <span className="dim small">{t("demoHelp")}</span>
          </>
        )}
      </DropZone>
    </>
  );
}

const SHOWN = 5;

function YourDatasets() {
  const t = useTexts();
  const { items } = usePages("listDatasets", { query: { limit: SHOWN } });
  if (items.length === 0) return null;
  return (
    <section className="card" style={{ marginTop: 24 }}>
      <div className="spread">
        <h2>{t("yourDatasets")}</h2>
        <Link to="/datasets">{t("datasets")}</Link>
      </div>
      <DatasetTable items={items.slice(0, SHOWN)} />
    </section>
  );
}
