import type { DatasetFormat } from "@winnow/contracts";
import { useEffect, useRef, useState } from "react";
import { service } from "../service/client.js";

type UploadState =
  | { readonly step: "none" }
  | { readonly step: "sending"; readonly name: string; readonly share: number }
  | {
      readonly step: "done";
      readonly id: string;
      readonly name: string;
      readonly format?: DatasetFormat;
    };

/** Where the tab holds which file it is about, so that a reload goes on with it. */
const STORE = "winnow-upload";

function heldUpload(): UploadState {
  const text = sessionStorage.getItem(STORE);
  return text === null ? { step: "none" } : (JSON.parse(text) as UploadState);
}

/** A file on its way to the service, in parts that a broken connection does not lose. */
export function useUpload() {
  const [state, setState] = useState<UploadState>(heldUpload);
  const ending = useRef<AbortController | null>(null);
  useEffect(() => () => ending.current?.abort(), []);
  const send = async (file: Blob & { readonly name?: string }, format?: DatasetFormat) => {
    const name = file.name ?? "file";
    const controller = new AbortController();
    ending.current = controller;
    setState({ step: "sending", name, share: 0 });
    try {
      const { id } = await service().uploadFile(file, {
        signal: controller.signal,
        onProgress: (received, total) =>
          setState({ step: "sending", name, share: total === 0 ? 0 : received / total }),
      });
      const done: UploadState = { step: "done", id, name, ...(format ? { format } : {}) };
      sessionStorage.setItem(STORE, JSON.stringify(done));
      setState(done);
    } catch (error) {
      if (controller.signal.aborted) return;
      setState({ step: "none" });
      throw error;
    }
  };
  return {
    state,
    send,
    async sendDemo() {
      const { DEMO_FORMAT, DEMO_SET_FILE, demoCsv, demoSet } = await import("@winnow/demo-set");
      await send(new File([demoCsv(demoSet())], DEMO_SET_FILE, { type: "text/csv" }), DEMO_FORMAT);
    },
    reset() {
      sessionStorage.removeItem(STORE);
      setState({ step: "none" });
    },
  };
}
