package io.httpipe;

/**
 * One event of {@link ServerSentEvents}.
 *
 * @param type {@code message} unless the server says otherwise
 * @param data its lines, separated by LF; may be empty
 * @param id   the last ID that the server has sent, with this event or an earlier one; empty if it has sent none
 */
public record ServerSentEvent(String type, String data, String id) {}
