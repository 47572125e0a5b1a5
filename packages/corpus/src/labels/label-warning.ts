/** A remark about the labels of a file, for people; the code is stable. */
export interface LabelWarning {
  code: string;
  message: string;
}
