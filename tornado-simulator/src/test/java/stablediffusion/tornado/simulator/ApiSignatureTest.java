package stablediffusion.tornado.simulator;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import uk.ac.manchester.tornado.api.TaskGraph;

import java.io.IOException;
import java.io.InputStream;
import java.lang.classfile.AttributedElement;
import java.lang.classfile.Attributes;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.classfile.FieldModel;
import java.lang.classfile.MethodModel;
import java.lang.reflect.AccessFlag;
import java.net.URI;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.jar.JarFile;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

/**
 * Compares every public member of the simulator's API with the real tornado-api of the SDK at {@code TORNADOVM_HOME}. Skipped without an
 * SDK.
 */
class ApiSignatureTest {

    private static JarFile jar;

    @BeforeAll
    static void findRealApi() throws IOException {
        String home = System.getenv("TORNADOVM_HOME");
        assumeTrue(home != null, "TORNADOVM_HOME is not set: there is no real API to compare with");
        Path folder = Path.of(home, "share", "java", "tornado");
        assumeTrue(Files.isDirectory(folder), folder + " is no folder: there is no real API to compare with");
        try (Stream<Path> files = Files.list(folder)) {
            Optional<Path> api = files.filter(file -> file.getFileName().toString().matches("tornado-api-\\d.*\\.jar")).findAny();
            assumeTrue(api.isPresent(), "no tornado-api-*.jar in " + folder);
            jar = new JarFile(api.get().toFile());
        }
    }

    @TestFactory
    List<DynamicTest> everyPublicMemberIsInTheRealApi() throws Exception {
        Path classes = Path.of(TaskGraph.class.getProtectionDomain().getCodeSource().getLocation().toURI());
        List<DynamicTest> tests = new ArrayList<>();
        if (Files.isDirectory(classes)) {
            compareAll(classes, tests);
        } else {
            try (var archive = FileSystems.newFileSystem(URI.create("jar:" + classes.toUri()), java.util.Map.of())) {
                compareAll(archive.getPath("/"), tests);
            }
        }
        assertTrue(tests.size() > 30, "classes of the simulator's API: " + tests.size());
        return tests;
    }

    private static void compareAll(Path root, List<DynamicTest> tests) throws IOException {
        try (Stream<Path> files = Files.walk(root.resolve("uk"))) {
            for (Path file : files.filter(path -> path.toString().endsWith(".class")).sorted().toList()) {
                ClassModel ours = ClassFile.of().parse(Files.readAllBytes(file));
                if (ours.flags().has(AccessFlag.PUBLIC)) {
                    tests.add(DynamicTest.dynamicTest(ours.thisClass().asInternalName(), () -> compare(ours)));
                }
            }
        }
    }

    private static void compare(ClassModel ours) throws IOException {
        String name = ours.thisClass().asInternalName();
        Optional<ClassModel> real = real(name);
        assertTrue(real.isPresent(), "the real API has no " + name);
        assertEquals(ours.flags().has(AccessFlag.INTERFACE), real.get().flags().has(AccessFlag.INTERFACE), name + " is an interface");
        for (MethodModel method : ours.methods()) {
            if (isPublic(method.flags().flags())) {
                String member = method.methodName() + method.methodType().stringValue();
                MethodModel same =
                        findMethod(name, method).orElseThrow(() -> new AssertionError("the real API has no " + name + "." + member));
                assertEquals(method.flags().has(AccessFlag.STATIC), same.flags().has(AccessFlag.STATIC), member + " is static");
                assertEquals(method.flags().has(AccessFlag.VARARGS), same.flags().has(AccessFlag.VARARGS),
                        member + " has any number of arguments");
                assertEquals(signature(method), signature(same), "the generic type of " + member);
                assertEquals(exceptions(method), exceptions(same), "the checked exceptions of " + member);
            }
        }
        for (FieldModel field : ours.fields()) {
            if (isPublic(field.flags().flags()) && !field.fieldName().equalsString("$VALUES")) {
                String member = field.fieldName() + " " + field.fieldType();
                FieldModel same = real.get().fields().stream()
                        .filter(other -> other.fieldName().equalsString(field.fieldName().stringValue())
                                && other.fieldType().equalsString(field.fieldType().stringValue()))
                        .findAny()
                        .orElseThrow(() -> new AssertionError("the real API has no " + name + "." + member));
                assertEquals(field.flags().flags(), same.flags().flags(), "the modifiers of " + member);
                assertEquals(field.findAttribute(Attributes.constantValue()).map(constant -> constant.constant().constantValue()),
                        same.findAttribute(Attributes.constantValue()).map(constant -> constant.constant().constantValue()),
                        "the value of " + member + ", which javac copies into its users");
            }
        }
    }

    private static boolean isPublic(Set<AccessFlag> flags) {
        return flags.contains(AccessFlag.PUBLIC) && !flags.contains(AccessFlag.SYNTHETIC);
    }

    /** Finds the method in the real class or, where that only inherits it, in its superclasses and interfaces. */
    private static Optional<MethodModel> findMethod(String owner, MethodModel method) throws IOException {
        Optional<ClassModel> real = real(owner);
        if (real.isEmpty()) {
            return Optional.empty();
        }
        for (MethodModel other : real.get().methods()) {
            if (other.flags().has(AccessFlag.PUBLIC) && other.methodName().equalsString(method.methodName().stringValue())
                    && other.methodType().equalsString(method.methodType().stringValue())) {
                return Optional.of(other);
            }
        }
        if (real.get().superclass().isPresent() && !method.methodName().equalsString("<init>")) {
            return findMethod(real.get().superclass().get().asInternalName(), method);
        }
        return Optional.empty();
    }

    private static Optional<ClassModel> real(String name) throws IOException {
        var entry = jar.getEntry(name + ".class");
        if (entry == null) {
            return Optional.empty();
        }
        try (InputStream in = jar.getInputStream(entry)) {
            return Optional.of(ClassFile.of().parse(in.readAllBytes()));
        }
    }

    private static Optional<String> signature(AttributedElement element) {
        return element.findAttribute(Attributes.signature()).map(attribute -> attribute.signature().stringValue());
    }

    private static Set<String> exceptions(MethodModel method) {
        return method.findAttribute(Attributes.exceptions()).map(attribute -> attribute.exceptions().stream()
                .map(type -> type.asInternalName()).collect(Collectors.toSet())).orElse(Set.of());
    }
}
