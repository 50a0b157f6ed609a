package stablediffusion.tests.gpu;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;

/** Asks the driver's tool, where it is. */
final class NvidiaSmi {
    private NvidiaSmi() {}

    /** Returns name, driver, memory and highest clocks of each GPU. */
    static List<String> gpus() {
        return query("name,driver_version,memory.total,clocks.max.sm,clocks.max.mem");
    }

    /** Returns the memory that is in use on all GPUs, in MiB. */
    static Optional<Long> usedMemory() {
        return query("memory.used").stream().map(line -> Long.valueOf(line.replaceAll("\\D", ""))).reduce(Long::sum);
    }

    private static List<String> query(String fields) {
        try {
            Process process = new ProcessBuilder("nvidia-smi", "--query-gpu=" + fields, "--format=csv,noheader")
                    .redirectErrorStream(true)
                    .start();
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            return process.waitFor() == 0 ? output.lines().toList() : List.of();
        } catch (IOException notThere) {
            return List.of();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return List.of();
        }
    }
}
