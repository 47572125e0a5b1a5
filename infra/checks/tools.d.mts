export const INFRA_TOOLS: string;
export const HELM: string;
export const KUBECTL: string;
export const KUBERNETES_VALIDATE: string;
export function infraSuites(): string[];
export function installInfraTools(): Promise<void>;
export function infraLeftOut(): string[];
