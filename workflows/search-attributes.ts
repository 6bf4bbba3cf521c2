/** Search attributes: what an operator can filter by in the Temporal UI. Written in the clear, so codes and instants only (I7). */
import { defineSearchAttributeKey } from '@temporalio/common';

/** Search attributes, registered once per namespace. They say nothing about a person. */
export const searchAttributes = {
  controller: defineSearchAttributeKey('OblioController', 'KEYWORD'),
  recordClass: defineSearchAttributeKey('OblioRecordClass', 'KEYWORD'),
  /** A `RetentionState`, and later the states of holds and requests. */
  state: defineSearchAttributeKey('OblioState', 'KEYWORD'),
  dueAt: defineSearchAttributeKey('OblioDueAt', 'DATETIME'),
  /** Kinds and ids of the suspensions that keep something of the unit; empty when nothing is kept. */
  keptBy: defineSearchAttributeKey('OblioKeptBy', 'KEYWORD_LIST'),
  /** Rights of a request that still wait for an answer. */
  right: defineSearchAttributeKey('OblioRight', 'KEYWORD_LIST'),
  /** The earliest statutory deadline of a request. */
  deadline: defineSearchAttributeKey('OblioDeadline', 'DATETIME'),
  /** For whom a request waits. */
  waitingFor: defineSearchAttributeKey('OblioWaitingFor', 'KEYWORD'),
};
