package io.httpipe.bench;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The conditions of a run: the machine, the versions, and the length of the turns. */
final class Facts {
    /** The name and version of a client, in the name of its jar file. */
    private static final Pattern CLIENT =
            Pattern.compile("(httpclient5|okhttp-jvm|helidon-webclient|jetty-client)-(\\d.*)\\.jar");

    private Facts() {}

    static Map<String, String> of(Pace pace) throws IOException {
        Map<String, String> facts = new LinkedHashMap<>();
        facts.put("Date", LocalDate.now(ZoneOffset.UTC).toString());
        facts.put("Code", System.getProperty("bench.code", "unknown"));
        facts.put("Machine", machine());
        facts.put("JVM", System.getProperty("java.vm.name") + " " + System.getProperty("java.vm.version"));
        facts.put("Server", System.getProperty("bench.server", "unknown"));
        facts.put("Clients", clients());
        facts.put(
                "Turns",
                String.format(
                        Locale.ROOT,
                        "%d of %.1f s per client for most kinds of work, after %d or more warm-up turns%s",
                        pace.rounds(),
                        pace.length().toMillis() / 1e3,
                        pace.warmUps(),
                        pace.isQuick() ? ". This is a quick run, for a first impression only" : ""));
        return facts;
    }

    private static String machine() throws IOException {
        List<String> facts = new ArrayList<>();
        facts.add(Runtime.getRuntime().availableProcessors() + " processors");
        facts.addAll(first("/proc/cpuinfo", "model name\\s*:\\s*(.*)"));
        for (String kilobytes : first("/proc/meminfo", "MemTotal:\\s*(\\d+) kB")) {
            facts.add(Math.round(Long.parseLong(kilobytes) / 1048576.0) + " GiB of memory");
        }
        facts.add(System.getProperty("os.name") + " " + System.getProperty("os.version"));
        return String.join(", ", facts);
    }

    private static List<String> first(String file, String pattern) throws IOException {
        Path path = Path.of(file);
        if (!Files.exists(path)) {
            return List.of();
        }
        Matcher matcher = Pattern.compile(pattern).matcher(Files.readString(path));
        return matcher.find() ? List.of(matcher.group(1)) : List.of();
    }

    private static String clients() {
        List<String> clients = new ArrayList<>();
        for (String entry : List.of(System.getProperty("java.class.path").split(File.pathSeparator))) {
            Matcher matcher = CLIENT.matcher(Path.of(entry).getFileName().toString());
            if (matcher.matches()) {
                clients.add(matcher.group(1) + " " + matcher.group(2));
            }
        }
        clients.sort(null);
        return String.join(", ", clients);
    }
}
