import type { SnsError } from './errors.ts';

const namespace = 'http://sns.amazonaws.com/doc/2010-03-31/';

const references: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
};

// A carriage return must be a reference too: a parser would read a bare one as a line feed.
const escapeText = (text: string): string =>
  text.replace(
    /[&<>"\p{Cc}]/gu,
    (character) => references[character] ?? `&#x${character.charCodeAt(0).toString(16)};`,
  );

/** An element with markup inside. */
export const element = (name: string, ...children: string[]): string =>
  `<${name}>${children.join('')}</${name}>`;

/** An element with text inside. */
export const textElement = (name: string, text: string): string => element(name, escapeText(text));

/** A map of attributes: `<Attributes><entry><key/><value/></entry>…`. */
export const attributesElement = (attributes: Readonly<Record<string, string>>): string =>
  element(
    'Attributes',
    ...Object.entries(attributes).map(([key, value]) =>
      element('entry', textElement('key', key), textElement('value', value)),
    ),
  );

/** `result` is the markup inside `<…Result>`; empty for actions that answer nothing. */
export const answer = (action: string, result: string, requestId: string): string =>
  `<${action}Response xmlns="${namespace}">${element(`${action}Result`, result)}${element(
    'ResponseMetadata',
    textElement('RequestId', requestId),
  )}</${action}Response>`;

export const errorAnswer = ({ code, status, message }: SnsError, requestId: string): string =>
  `<ErrorResponse xmlns="${namespace}">${element(
    'Error',
    textElement('Type', status < 500 ? 'Sender' : 'Receiver'),
    textElement('Code', code),
    textElement('Message', message),
  )}${textElement('RequestId', requestId)}</ErrorResponse>`;
