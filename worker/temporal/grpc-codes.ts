/** What a failed call to Temporal means: not there, there already, or Temporal away. */
import { isGrpcServiceError, NamespaceNotFoundError, ServiceError } from '@temporalio/client';

/** gRPC status codes that callers tell apart. */
export const grpcCode = {
  cancelled: 1,
  deadlineExceeded: 4,
  notFound: 5,
  alreadyExists: 6,
  exhausted: 8,
  unavailable: 14,
} as const;

/** The status code of a failed call, also where the SDK has wrapped it; `undefined` for any other error. */
export const codeOfCall = (error: unknown): number | undefined => {
  if (error instanceof NamespaceNotFoundError) return grpcCode.notFound;
  if (isGrpcServiceError(error)) return error.code;
  return error instanceof ServiceError && error.cause !== undefined ? codeOfCall(error.cause) : undefined;
};

const answers: ReadonlySet<number> = new Set([2, 3, 6, 7, 9, 10, 11, 12, 13, 15, 16]);

/** Whether Temporal answered and refused this one call; `false` while it, or the namespace, is not there. */
export const wasRefused = (error: unknown): boolean => {
  const code = codeOfCall(error);
  return code !== undefined && answers.has(code);
};
