package io.httpipe;

/**
 * One event of {@link ServerSentEvents}.
 *
 * @param type the type that the server sent; {@code message} if it sent none
 * @param data the data lines of the event, separated by LF; may be empty
 * @param id   the last ID that the server has sent, with this event or an earlier one; empty if it has sent none
 */
public record ServerSentEvent(String type, String data, String id) {}
