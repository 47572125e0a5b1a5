import type { ComponentType } from "react";
import type { GroupNode, JsonObject, JsonValue, SchemaField } from "./schema-node.js";

/** What is wrong with a value, by its pointer: `/source/uploadId`. */
export type Faults = ReadonlyMap<string, string>;

export interface FormProps {
  readonly form: GroupNode;
  readonly value: JsonObject;
  readonly onChange: (value: JsonObject) => void;
  readonly faults?: Faults;
  readonly pointer?: string;
}

export interface FieldProps {
  readonly field: SchemaField;
  readonly value: JsonValue | undefined;
  readonly onChange: (value: JsonValue | undefined) => void;
  readonly faults: Faults;
  readonly pointer: string;
}

/** Forms hold fields, and some fields hold forms: these are handed down to them. */
export interface FormParts {
  readonly Form: ComponentType<FormProps>;
  readonly Field: ComponentType<FieldProps>;
}
