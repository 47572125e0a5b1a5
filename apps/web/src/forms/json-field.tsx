import { useState } from "react";
import { TextArea } from "../elements/fields.js";
import { useTexts } from "../texts/texts.js";
import type { JsonValue } from "./schema-node.js";

/** A value as JSON; what is none stays in the field and is not sent. */
export function JsonField({
  label,
  help,
  fault,
  value,
  standard,
  onChange,
}: {
  readonly label: string;
  readonly help: string | undefined;
  readonly fault: string | undefined;
  readonly value: JsonValue | undefined;
  readonly standard: JsonValue | undefined;
  readonly onChange: (value: JsonValue | undefined) => void;
}) {
  const t = useTexts();
  const [text, setText] = useState(value === undefined ? "" : JSON.stringify(value));
  const parsed = parse(text);
  const change = (typed: string) => {
    setText(typed);
    const next = parse(typed);
    if (next !== "invalid") onChange(next?.value);
  };
  return (
    <TextArea
      label={label}
      help={help}
      fault={parsed === "invalid" ? t("noJson") : fault}
      placeholder={standard === undefined ? t("defaultChoice") : JSON.stringify(standard)}
      value={text}
      onChange={change}
    />
  );
}

function parse(text: string): { readonly value: JsonValue } | undefined | "invalid" {
  if (text.trim() === "") return undefined;
  try {
    return { value: JSON.parse(text) as JsonValue };
  } catch {
    return "invalid";
  }
}

/** A list of texts, one a line. */
export function TextsField({
  label,
  help,
  fault,
  value,
  onChange,
}: {
  readonly label: string;
  readonly help: string | undefined;
  readonly fault: string | undefined;
  readonly value: JsonValue | undefined;
  readonly onChange: (value: JsonValue | undefined) => void;
}) {
  const t = useTexts();
  const [text, setText] = useState(Array.isArray(value) ? value.join("\n") : "");
  const change = (typed: string) => {
    setText(typed);
    const lines = typed.split("\n").filter((line) => line !== "");
    onChange(lines.length === 0 ? undefined : lines);
  };
  return (
    <TextArea
      label={label}
      help={[help, t("oneALine")].filter(Boolean).join(". ")}
      fault={fault}
      value={text}
      onChange={change}
    />
  );
}
