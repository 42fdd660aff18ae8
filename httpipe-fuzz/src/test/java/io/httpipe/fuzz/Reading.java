package io.httpipe.fuzz;

/** What a reader makes of octets: a value that ends somewhere among them, nothing yet, or an error. */
sealed interface Reading<T> {
    /** A value that took so many octets. */
    record Whole<T>(T value, int length) implements Reading<T> {}

    /** More octets must come. */
    record Unfinished<T>() implements Reading<T> {}

    /** Whatever comes, this is nothing. */
    record Refused<T>() implements Reading<T> {}
}
