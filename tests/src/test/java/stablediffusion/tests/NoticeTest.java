package stablediffusion.tests;

import org.junit.jupiter.api.Test;
import stablediffusion.cli.Main;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.jar.Attributes;
import java.util.jar.JarFile;
import java.util.stream.Collectors;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

/** Compares the libraries that the program needs at run time, by the class path in its jar's manifest, with those in NOTICE. */
class NoticeTest {
    private static final String OURS = "sd-";

    @Test
    void namesEveryLibrary() throws IOException, URISyntaxException {
        Path program = Path.of(Main.class.getProtectionDomain().getCodeSource().getLocation().toURI());
        assumeTrue(Files.isRegularFile(program), "the program is packaged in the phase package");
        Set<String> notice = Arrays.stream(Files.readString(Path.of("../NOTICE")).split("[\\s,;]+")).collect(Collectors.toSet());
        assertEquals(List.of(), libraries(program).stream().filter(library -> !notice.contains(library)).toList());
    }

    private static List<String> libraries(Path program) throws IOException {
        try (JarFile jar = new JarFile(program.toFile())) {
            String classPath = jar.getManifest().getMainAttributes().getValue(Attributes.Name.CLASS_PATH);
            return Arrays.stream(classPath.split(" "))
                    .map(name -> name.replaceFirst("-\\d.*", ""))
                    .filter(name -> !name.startsWith(OURS))
                    .distinct()
                    .toList();
        }
    }
}
