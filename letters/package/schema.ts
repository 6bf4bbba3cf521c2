/** A JSON Schema (2020-12) of the records of a class, with what each field means in the words of the policy. */
import type { LetterLanguage } from '../../domain/letter/letter-content.ts';
import type { FieldDefinition } from '../../domain/policy/policy.ts';
import { redactionGrounds, redactionKinds } from '../../domain/request/decision/manifest.ts';
import { type PackagedClass, type PackageVariant, recordStatuses } from './model.ts';

const fieldSchema = ({ kind, values, description }: FieldDefinition, language: LetterLanguage) => {
  const said = { description: description[language] };
  // A withheld value is a mark in its place, so every field may be text.
  switch (kind) {
    case 'number':
      return { type: ['number', 'string'], ...said };
    case 'boolean':
      return { type: ['boolean', 'string'], ...said };
    case 'code':
      return { type: 'string', ...said, ...(values === undefined ? {} : { examples: [...values] }) };
    case 'instant':
      return { type: 'string', ...said, examples: ['2026-03-01T09:30:00.000Z'] };
    case 'local-date':
      return { type: 'string', ...said, examples: ['2026-03-01'] };
    case 'text':
      return { type: 'string', ...said };
  }
};

const words = {
  it: {
    number: 'posto della registrazione in questa copia, da 1',
    recordId: 'identificativo della registrazione presso il titolare',
    status: 'se è comunicata, modificata dopo la ricerca, non comunicata o cancellata dopo la ricerca',
    occurredAt: 'quando è avvenuto il fatto registrato (UTC)',
    keptUntil: 'ultimo giorno di conservazione',
    keptLonger: 'se una sospensione può prolungare la conservazione',
    certificate: 'certificato di cancellazione',
    identifiers: 'identificativi della persona, come sono registrati',
    fields: 'gli altri dati della registrazione',
    text: 'testo del messaggio o della conversazione',
    statements: 'dichiarazioni della persona accanto alla registrazione (art. 16)',
    transcript: 'file in cui il testo sta da solo',
    files: 'file della registrazione, con impronta SHA-256',
    fileStatus:
      'included: intero; redacted: con silenzio al posto di ciò che non è comunicato; withheld: non comunicato; earlier-copy: copia per una richiesta precedente, non ripetuta; not-held: non più conservato',
    withheld: 'che cosa non è comunicato, dove, e per quale motivo',
  },
  en: {
    number: 'place of the record in this copy, from 1',
    recordId: 'id of the record at the controller',
    status: 'whether it is disclosed, changed after the search, withheld, or erased after the search',
    occurredAt: 'when the recorded event happened (UTC)',
    keptUntil: 'last day on which it is kept',
    keptLonger: 'whether a suspension may prolong its storage',
    certificate: 'certificate of erasure',
    identifiers: 'identifiers of the person, as they are recorded',
    fields: 'the other data of the record',
    text: 'text of the message or conversation',
    statements: 'statements of the person beside the record (Art. 16)',
    transcript: 'file in which the text stands by itself',
    files: 'files of the record, with their SHA-256',
    fileStatus:
      'included: whole; redacted: with silence in the place of what is withheld; withheld: withheld as a whole; earlier-copy: copy for an earlier request, not repeated; not-held: no longer held',
    withheld: 'what is withheld, where, and on which ground',
  },
} as const;

const withheldSchema = {
  type: 'object',
  required: ['what', 'ground', 'where'],
  properties: {
    what: { enum: [...redactionKinds] },
    ground: { enum: [...redactionGrounds] },
    where: { type: 'string' },
  },
};

/** The schema of `data/<class>.json`, as JSON text. */
export const classSchema = (
  { recordClass, title, description, fields, fieldNames }: PackagedClass,
  variant: PackageVariant,
  language: LetterLanguage,
): string => {
  const say = words[language];
  const known = new Map(fields.map((field) => [field.name, field]));
  const properties = Object.fromEntries(
    fieldNames.map((name) => {
      const field = known.get(name);
      return [name, field === undefined ? { type: ['string', 'number', 'boolean'] } : fieldSchema(field, language)];
    }),
  );
  const schema = {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: title[language],
    description: description[language],
    type: 'array',
    items: {
      type: 'object',
      required: ['number', 'recordId', 'recordClass', 'status', 'occurredAt', 'files', 'withheld'],
      additionalProperties: false,
      properties: {
        number: { type: 'integer', minimum: 1, description: say.number },
        recordId: { type: 'string', description: say.recordId },
        recordClass: { const: recordClass },
        status: { enum: [...recordStatuses], description: say.status },
        occurredAt: { type: 'string', description: say.occurredAt },
        ...(variant === 'access'
          ? {
              keptUntil: { type: 'string', description: say.keptUntil },
              keptLonger: { type: 'boolean', description: say.keptLonger },
            }
          : {}),
        certificate: { type: 'string', description: say.certificate },
        identifiers: {
          type: 'array',
          description: say.identifiers,
          items: {
            type: 'object',
            required: ['kind', 'value'],
            properties: { kind: { type: 'string' }, value: { type: 'string' } },
          },
        },
        fields: { type: 'object', description: say.fields, properties },
        text: { type: 'string', description: say.text },
        statements: {
          type: 'array',
          description: say.statements,
          items: {
            type: 'object',
            required: ['text', 'attachedAt'],
            properties: { text: { type: 'string' }, attachedAt: { type: 'string' } },
          },
        },
        transcript: { type: 'string', description: say.transcript },
        files: {
          type: 'array',
          description: say.files,
          items: {
            type: 'object',
            required: ['name', 'mediaType', 'status'],
            properties: {
              name: { type: 'string' },
              mediaType: { type: 'string' },
              size: { type: 'integer' },
              sha256: { type: 'string', pattern: '^[0-9a-f]{64}$' },
              status: {
                enum: ['included', 'redacted', 'withheld', 'earlier-copy', 'not-held'],
                description: say.fileStatus,
              },
              path: { type: 'string' },
              ground: { enum: [...redactionGrounds] },
              where: { type: 'string' },
              withheld: { type: 'array', description: say.withheld, items: withheldSchema },
            },
          },
        },
        withheld: { type: 'array', description: say.withheld, items: withheldSchema },
      },
    },
  };
  return `${JSON.stringify(schema, undefined, 2)}\n`;
};
