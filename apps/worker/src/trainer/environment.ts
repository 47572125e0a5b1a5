import { childEnvironment } from "@winnow/contracts";
import type { CheckpointPlace } from "../checkpoints/place.js";

/** Of a trainer's process, which gets its settings in a message. The S3 library may find credentials itself. */
export const trainerEnvironment = (place: CheckpointPlace): Record<string, string> => ({
  ...childEnvironment(process.env, place.type === "s3" && !place.credentials ? ["AWS_"] : []),
  // The worker has logged this warning. A child's stderr is for the error that it died of.
  AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: "true",
});
