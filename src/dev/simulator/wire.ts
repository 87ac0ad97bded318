/**
 * The gateway's two reply encodings. The default is form-encoded text that calls itself HTML, each
 * value followed by a newline; a caller that asks for it gets flat JSON, where a rejected request
 * is an HTTP 4xx as well.
 */

export const JSON_TYPE = 'application/vnd.pay+json';
const FORM_TYPE = 'text/html;charset=utf-8';

/** Numbers stay numbers in JSON; in a form everything is text. */
export type Fields = Readonly<Record<string, string | number>>;

export type Answer =
  | { readonly kind: 'answered'; readonly fields: Fields }
  | {
      readonly kind: 'refused';
      readonly code: number;
      readonly message: string;
      /** Appended to the message on the wire only: it may contain receiver data. */
      readonly echo?: string;
    }
  | { readonly kind: 'forbidden'; readonly reason: string };

export interface EncodedReply {
  readonly httpStatus: 200 | 400 | 403;
  readonly contentType: string;
  readonly body: string;
}

/** payneteasy: the request header `Accept` chooses the encoding of the reply. */
export function wantsJson(accept: string | undefined): boolean {
  return accept?.includes(JSON_TYPE) ?? false;
}

export function encodeAnswer(answer: Answer, serialNumber: string, asJson: boolean): EncodedReply {
  return {
    httpStatus: httpStatusOf(answer, asJson),
    contentType: asJson ? JSON_TYPE : FORM_TYPE,
    body: asJson
      ? JSON.stringify(fieldsOf(answer, serialNumber))
      : encodeForm(fieldsOf(answer, serialNumber)),
  };
}

/** The type of the reply and its reason for the list of received requests. */
export function describeAnswer(answer: Answer): string {
  if (answer.kind === 'answered') return String(answer.fields['type']);
  if (answer.kind === 'refused') return `validation-error ${answer.code}: ${answer.message}`;
  return `forbidden: ${answer.reason}`;
}

function httpStatusOf(answer: Answer, asJson: boolean): EncodedReply['httpStatus'] {
  if (answer.kind === 'forbidden') return 403;
  return answer.kind === 'refused' && asJson ? 400 : 200;
}

function fieldsOf(answer: Answer, serialNumber: string): Fields {
  if (answer.kind === 'answered') return { ...answer.fields, 'serial-number': serialNumber };
  if (answer.kind === 'forbidden') {
    return { type: 'error', 'serial-number': serialNumber, 'error-message': answer.reason };
  }
  return {
    type: 'validation-error',
    'serial-number': serialNumber,
    'error-message': `${answer.message}${answer.echo ?? ''}`,
    'error-code': answer.code,
  };
}

function encodeForm(fields: Fields): string {
  return Object.entries(fields)
    .map(([name, value]) => `${name}=${encodeFormValue(String(value))}\n`)
    .join('&');
}

function encodeFormValue(value: string): string {
  return encodeURIComponent(value).replaceAll('%20', '+');
}
