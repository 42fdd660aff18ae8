import org.jspecify.annotations.NullMarked;

/** The list of public suffixes, for the cookies of httpipe. */
@NullMarked
module io.httpipe.publicsuffix {
    requires transitive io.httpipe;
    requires static org.jspecify;

    exports io.httpipe.publicsuffix;
}
