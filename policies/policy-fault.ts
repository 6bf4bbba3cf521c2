/** What is wrong with a policy file, as each check reports it. */

/** Where in a policy something is wrong, and why. */
export type PolicyFault = { readonly path: readonly PropertyKey[]; readonly reason: string };
