package io.httpipe;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noMethods;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaMember;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.syntax.elements.ClassesShould;
import com.tngtech.archunit.library.dependencies.SliceAssignment;
import com.tngtech.archunit.library.dependencies.SliceIdentifier;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Checks the rules of docs/architecture.md, sections "Packages" and "Locks". */
class ArchitectureTest {
    private static final String API = "io.httpipe";
    private static final String POLICY = "io.httpipe.internal.policy..";
    private static final String CALL = "io.httpipe.internal.call..";
    private static final String POOL = "io.httpipe.internal.pool..";
    private static final String CONNECT = "io.httpipe.internal.connect..";
    private static final String WIRE = "io.httpipe.internal.wire..";

    private static final JavaClasses MAIN = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages(API);

    @Test
    void theRulesSeeTheMainClassesAndNoTests() {
        for (Class<?> one : List.of(Httpipe.class, Request.class, io.httpipe.internal.wire.FieldLines.class)) {
            assertTrue(MAIN.contain(one), one.getName());
        }
        assertTrue(!MAIN.contain(ArchitectureTest.class), "tests are not judged");
    }

    @Test
    void internalPackagesDoNotDependOnTheApi() {
        noClasses()
                .that()
                .resideInAPackage("io.httpipe.internal..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage(API)
                .check(MAIN);
    }

    @Test
    void onlyTheApiDependsOnThePolicies() {
        noClassesOf(CALL, POOL, CONNECT, WIRE)
                .dependOnClassesThat()
                .resideInAPackage(POLICY)
                .check(MAIN);
    }

    @Test
    void thePoolDependsOnNeitherCallsNorTheWireFormat() {
        noClassesOf(POOL).dependOnClassesThat().resideInAnyPackage(CALL, WIRE).check(MAIN);
    }

    /** Connections use the wire format, because a tunnel through an HTTP proxy begins with a request. */
    @Test
    void connectionsDependOnNeitherCallsNorThePool() {
        noClassesOf(CONNECT)
                .dependOnClassesThat()
                .resideInAnyPackage(CALL, POOL)
                .check(MAIN);
    }

    @Test
    void onlyTheClassesForProxiesUseTheWireFormatToConnect() {
        noClasses()
                .that()
                .resideInAPackage(CONNECT)
                .and()
                .haveNameNotMatching(".*\\.(Proxy[A-Za-z]*|HttpTunnel|SocksHandshake|TunnelAuthentication)")
                .should()
                .dependOnClassesThat()
                .resideInAPackage(WIRE)
                .check(MAIN);
    }

    private static ClassesShould noClassesOf(String... packages) {
        return noClasses().that().resideInAnyPackage(packages).should();
    }

    /** Conversations of other protocols can be added later, because only one class names the implementation. */
    @Test
    void callsUseAConversationOnlyThroughItsInterface() {
        noClasses()
                .that()
                .haveNameMatching(".*\\.(Call|CallFactory|CallFailedException|DirectConnection|LeakDetector)")
                .or()
                .resideInAPackage(API)
                .should()
                .dependOnClassesThat()
                .haveSimpleName("Http1Conversation")
                .check(MAIN);
    }

    @Test
    void onlyTheListedClassesOfTheApiPackageAreNotPublic() {
        Set<String> hidden = MAIN.stream()
                .filter(type -> type.getPackageName().equals(API) && type.isTopLevelClass())
                .filter(type -> !type.getModifiers().contains(JavaModifier.PUBLIC))
                .map(JavaClass::getSimpleName)
                .filter(name -> !name.endsWith("-info"))
                .collect(Collectors.toCollection(TreeSet::new));
        assertEquals(
                Set.of(
                        "AbstractResponse",
                        "BuilderOptions",
                        "Download",
                        "EnvironmentProxies",
                        "ErrorMapping",
                        "EventSource",
                        "ExchangeState",
                        "FanOutRun",
                        "FileTarget",
                        "FileVersion",
                        "InterceptorChain",
                        "LineReader",
                        "OnePass",
                        "OptionText",
                        "Options",
                        "PolicyCalls",
                        "ProxyLookup",
                        "ReplacedBody",
                        "RequestSeries",
                        "RequestOptions"),
                hidden);
    }

    @Test
    void theWireFormatUsesNoSocketsThreadsOrStreams() {
        noClasses()
                .that()
                .resideInAPackage(WIRE)
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                        CALL,
                        POOL,
                        CONNECT,
                        "java.net..",
                        "java.nio.channels..",
                        "javax.net..",
                        "java.util.concurrent..",
                        "java.util.stream..")
                .check(MAIN);
    }

    @Test
    void noPackagesFormACycle() {
        slices().assignedFrom(byPackage()).should().beFreeOfCycles().check(MAIN);
    }

    private static SliceAssignment byPackage() {
        return new SliceAssignment() {
            @Override
            public SliceIdentifier getIdentifierOf(JavaClass javaClass) {
                return SliceIdentifier.of(javaClass.getPackageName());
            }

            @Override
            public String getDescription() {
                return "packages";
            }
        };
    }

    @Test
    void noMethodIsSynchronized() {
        noMethods().should().haveModifier(JavaModifier.SYNCHRONIZED).check(MAIN);
    }

    @Test
    void noBlockIsSynchronized() throws IOException {
        // Class files show monitors only in their instructions, which ArchUnit does not see. The sources show them.
        Pattern block = Pattern.compile("\\bsynchronized\\s*\\(");
        List<Path> guilty = new ArrayList<>();
        int seen = 0;
        try (Stream<Path> files = Files.walk(Path.of("src", "main", "java"))) {
            for (Path file : files.filter(f -> f.toString().endsWith(".java")).toList()) {
                seen++;
                if (block.matcher(Files.readString(file)).find()) {
                    guilty.add(file);
                }
            }
        }
        assertEquals(List.of(), guilty);
        assertTrue(seen > 30, "these are the sources: " + seen);
    }

    @Test
    void noCodeWaitsOnAMonitor() {
        noClasses()
                .should()
                .callMethod(Object.class, "wait")
                .orShould()
                .callMethod(Object.class, "wait", long.class)
                .orShould()
                .callMethod(Object.class, "notify")
                .orShould()
                .callMethod(Object.class, "notifyAll")
                .check(MAIN);
    }

    @Test
    void noClassExtendsAStreamThatLocksItsMonitorWhenExtended() {
        noClasses()
                .should()
                .beAssignableTo(BufferedInputStream.class)
                .orShould()
                .beAssignableTo(BufferedOutputStream.class)
                .check(MAIN);
    }

    @Test
    void noInternalTypeIsVisibleInTheApi() {
        List<String> leaks = new ArrayList<>();
        for (JavaClass api : MAIN) {
            if (api.getPackageName().equals(API) && visible(api)) {
                // A superclass of our own package may stay hidden: its methods show through the class itself.
                api.getAllRawSuperclasses().stream()
                        .filter(type -> !type.getPackageName().equals(API))
                        .forEach(type -> leak(leaks, api.getName(), type));
                api.getAllRawInterfaces().forEach(type -> leak(leaks, api.getName(), type));
                for (JavaMember member : api.getMembers()) {
                    if (visible(member)) {
                        member.getAllInvolvedRawTypes().forEach(type -> leak(leaks, member.getFullName(), type));
                    }
                }
                api.getCodeUnits().stream()
                        .filter(ArchitectureTest::visible)
                        .forEach(unit -> unit.getExceptionTypes()
                                .forEach(type -> leak(leaks, unit.getFullName(), type.toErasure())));
            }
        }
        assertEquals(List.of(), leaks);
    }

    /** Whether users can name a class. They must be able to name all its enclosing classes too. */
    private static boolean visible(JavaClass type) {
        return (type.getModifiers().contains(JavaModifier.PUBLIC)
                        || type.getModifiers().contains(JavaModifier.PROTECTED))
                && type.getEnclosingClass().map(ArchitectureTest::visible).orElse(true);
    }

    private static boolean visible(JavaMember member) {
        return member.getModifiers().contains(JavaModifier.PUBLIC)
                || member.getModifiers().contains(JavaModifier.PROTECTED);
    }

    private static void leak(List<String> leaks, String where, JavaClass type) {
        if (type.getPackageName().startsWith("io.httpipe.internal")
                || type.getPackageName().equals(API) && !visible(type)) {
            leaks.add(where + " shows " + type.getName());
        }
    }
}
