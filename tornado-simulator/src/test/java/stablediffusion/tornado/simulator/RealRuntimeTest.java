package stablediffusion.tornado.simulator;

import org.junit.jupiter.api.Test;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

/**
 * Tests that classes compiled against the simulator run on TornadoVM with the same results. Skipped without an SDK at
 * {@code TORNADOVM_HOME}.
 */
class RealRuntimeTest {

    @Test
    void classesRunUnchangedOnTornadoVm() throws Exception {
        String home = System.getenv("TORNADOVM_HOME");
        assumeTrue(home != null, "TORNADOVM_HOME is not set: there is no real runtime to compare with");
        Path flags = Path.of(home, "tornado-argfile");
        assumeTrue(Files.isRegularFile(flags), "no " + flags + ": run tornado --generate-argfile");
        Path classes = Path.of(RealRuntimeProgram.class.getProtectionDomain().getCodeSource().getLocation().toURI());
        Process process = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "@" + flags,
                "-Dtornado.recover.bailout=false", "-cp", classes.toString(), RealRuntimeProgram.class.getName())
                .redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, process.waitFor(), output);
        float[] simulated = RealRuntimeProgram.results();
        float[] real = new float[simulated.length];
        int found = 0;
        for (String line : output.lines().filter(line -> line.startsWith("result ")).toList()) {
            real[found++] = Float.parseFloat(line.substring("result ".length()));
        }
        assertEquals(simulated.length, found, output);
        assertArrayEquals(simulated, real, 1e-4f, "sums of at most 256 numbers below 1, in another order and with fused multiply-adds");
    }
}
