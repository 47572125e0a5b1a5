import type { CallInput, DownloadRoute } from "@winnow/client";
import { useState } from "react";
import { Button } from "react-aria-components";
import { service } from "../service/client.js";
import { Fault } from "./problems.js";

/** Saves what a route streams as a file. The key travels in a header, so a plain link would not do. */
export function DownloadLink<N extends DownloadRoute>({
  route,
  input,
  file = "winnow",
  stem,
  text,
  isMain = false,
}: {
  readonly route: N;
  readonly input: CallInput<N>;
  /** The name of the file where the service gives it none. */
  readonly file?: string;
  /** Its name without the extension, instead of what the service calls it. */
  readonly stem?: string;
  readonly text: string;
  readonly isMain?: boolean;
}) {
  const [fault, setFault] = useState<Error | null>(null);
  const [isBusy, setBusy] = useState(false);
  const save = async () => {
    setFault(null);
    setBusy(true);
    try {
      const response = await service().request(route, ...([input] as never));
      saveAs(await response.blob(), fileName(response, file, stem));
    } catch (error) {
      setFault(error as Error);
    } finally {
      setBusy(false);
    }
  };
  return (
    <>
      <Button className={`button${isMain ? " main" : ""}`} isDisabled={isBusy} onPress={save}>
        {text}
      </Button>
      {fault && <Fault error={fault} />}
    </>
  );
}

function saveAs(blob: Blob, name: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  // The browser has opened it by then.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

/** The stem with the extension that the service gives the file, or all of its name. */
function fileName(response: Response, file: string, stem: string | undefined): string {
  const header = response.headers.get("content-disposition") ?? "";
  const given = /filename="([^"]+)"/.exec(header)?.[1] ?? file;
  return stem === undefined ? given : `${stem}${/\.\w+$/.exec(given)?.[0] ?? ""}`;
}
