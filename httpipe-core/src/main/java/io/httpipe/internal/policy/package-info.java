/**
 * Decides about whole calls: whether to authenticate, to follow a redirect, or to try again. Decodes bodies.
 *
 * <p>A {@link io.httpipe.internal.policy.Journey} makes one call that may need several attempts. It alone sends
 * requests. After a response it asks {@code ProxyAuthentication}, {@code Authentication}, {@code Redirection} and
 * {@code Retrying}, in this order, for the next attempt. After a failure it asks only {@code Retrying}.
 * {@link io.httpipe.internal.policy.ProxyChoice} chooses the proxy of each attempt. {@code DecodingRules} decides
 * whether a {@link io.httpipe.internal.policy.DecodedSource} decodes the body of the last response.
 *
 * <p>A {@code Journey}, its {@code Authentication}, {@code Redirection} and {@code Retrying} are for one thread.
 * Objects that outlive a journey are thread-safe: {@code Waits} and {@code RetryBudgets}, which all journeys over one
 * pool share, each {@link io.httpipe.internal.policy.Authenticator} with its nonces and tokens, the
 * {@link io.httpipe.internal.policy.Cookies}, and all rules.
 *
 * <p><b>Rules.</b>
 *
 * <ul>
 *   <li>A request without policies, sent by a client with the default options, loads no class of this package unless
 *       it fails.
 *   <li>One {@code CallTimeouts} has the deadline of all attempts and waits. A wait that would end after the deadline
 *       does not begin. The caller then gets the last response or failure.
 *   <li>A journey holds no connection while it waits. It closes each response before it waits or sends again.
 *   <li>Secrets belong to an {@link io.httpipe.internal.wire.Origin}. {@code Authentication} puts them on a copy of the
 *       request for one attempt. {@code Redirection} starts from the caller's own request each time.
 *   <li>The failure of a journey is a {@link io.httpipe.internal.call.CallFailedException}. Its cause is an {@link
 *       java.io.IOException} of this package, of a package that this package uses, or of the JDK. {@code io.httpipe}
 *       converts the failure to a public exception and adds the attempts. Unchecked exceptions of bodies, token
 *       sources and proxy rules are passed on.
 * </ul>
 */
package io.httpipe.internal.policy;
