// Who trains on webgpu installs these; the bundle takes them along where they are.
declare module "webgpu";
declare module "@tensorflow/tfjs-backend-webgpu";
