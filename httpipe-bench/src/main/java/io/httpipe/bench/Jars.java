package io.httpipe.bench;

import io.httpipe.bench.clients.Contender;
import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Finds the jars of each client: its own jar and those below it in Maven's dependency tree. The verbose form of the
 * tree repeats an artifact below each artifact that needs it.
 */
final class Jars {
    /** A line such as {@code |  +- (group:artifact:jar:version:scope - omitted ...)}: three columns per level. */
    private static final Pattern LINE = Pattern.compile("([| ]*)[+\\\\]- \\(?[^:]+:([^:]+):jar:([^:]+):.*");

    private final Map<String, Set<String>> needs = new HashMap<>();
    private final List<Path> classPath;

    /**
     * Reads the tree.
     *
     * @param classPath the class path of this program
     */
    Jars(List<String> tree, String classPath) {
        this.classPath = List.of(classPath.split(File.pathSeparator)).stream()
                .map(Path::of)
                .toList();
        Deque<String> above = new ArrayDeque<>();
        for (String line : tree) {
            Matcher matcher = LINE.matcher(line);
            if (matcher.matches()) {
                int depth = matcher.group(1).length() / 3;
                while (above.size() > depth) {
                    above.pop();
                }
                if (!above.isEmpty()) {
                    needs.computeIfAbsent(above.element(), k -> new HashSet<>()).add(matcher.group(2));
                }
                above.push(matcher.group(2));
            }
        }
    }

    static Jars read(Path tree) throws IOException {
        return new Jars(Files.readAllLines(tree), System.getProperty("java.class.path"));
    }

    /** The jars of a client; none for the floor and the JDK's client. */
    List<Path> of(Contender contender) {
        Set<String> artifacts = new HashSet<>();
        Deque<String> pending = new ArrayDeque<>(contender.artifacts());
        while (!pending.isEmpty()) {
            String artifact = pending.pop();
            if (artifacts.add(artifact)) {
                pending.addAll(needs.getOrDefault(artifact, Set.of()));
            }
        }
        return classPath.stream()
                .filter(jar -> artifacts.contains(artifact(jar)))
                .toList();
    }

    /** The name of the artifact, without its version. */
    private static String artifact(Path jar) {
        return jar.getFileName().toString().replaceFirst("-\\d.*", "");
    }

    String classPath(Contender contender) {
        List<String> entries = new ArrayList<>();
        entries.add(Path.of(URI.create(Jars.class
                        .getProtectionDomain()
                        .getCodeSource()
                        .getLocation()
                        .toString()))
                .toString());
        of(contender).forEach(jar -> entries.add(jar.toString()));
        return String.join(File.pathSeparator, entries);
    }

    long bytes(Contender contender) throws IOException {
        long bytes = 0;
        for (Path jar : of(contender)) {
            bytes += Files.size(jar);
        }
        return bytes;
    }
}
