/**
 * Decides about whole calls: whether to authenticate, to follow a redirect, or to try again. Decodes bodies.
 *
 * <p>A {@link io.httpipe.internal.policy.Journey} makes one call that may need several attempts. It alone sends
 * requests. After each response or failure it asks {@code Authentication}, {@code Redirection} and {@code Retrying}, in
 * this order, for the next attempt. {@code DecodingRules} decides whether the body of the last response is decoded by a
 * {@link io.httpipe.internal.policy.DecodedSource}. Each of the others belongs to one journey and thread. What outlives
 * a journey is in classes that are thread-safe: {@code Waits} and {@code RetryBudgets} for all journeys over one pool,
 * the nonces and tokens of an {@link io.httpipe.internal.policy.Authenticator}, and the
 * {@link io.httpipe.internal.policy.Cookies}. {@link io.httpipe.internal.policy.ProxyChoice} chooses the proxy of each
 * attempt.
 *
 * <p><b>Rules.</b>
 *
 * <ul>
 *   <li>A request without policies, sent by a client with the default options, loads no class of this package unless
 *       it fails.
 *   <li>One {@code CallTimeouts} has the deadline of all attempts and waits. A wait that would outlast it does not
 *       begin; then the response at hand goes to the caller.
 *   <li>A journey holds no connection while it waits. It closes each response before it waits or sends again.
 *   <li>Secrets belong to an {@link io.httpipe.internal.wire.Origin}. {@code Authentication} puts them on a copy of the
 *       request for one attempt. {@code Redirection} starts from the caller's own request each time.
 *   <li>A failure is an {@link java.io.IOException} of this package or of those below. {@code io.httpipe} turns it into
 *       a public exception and adds the attempts.
 * </ul>
 */
package io.httpipe.internal.policy;
