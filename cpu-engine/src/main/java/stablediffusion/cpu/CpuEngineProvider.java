package stablediffusion.cpu;

import stablediffusion.model.Precision;
import stablediffusion.model.Remedy;
import stablediffusion.model.UserException;
import stablediffusion.model.engine.Device;
import stablediffusion.model.engine.Engine;
import stablediffusion.model.engine.EngineProvider;
import stablediffusion.model.engine.EngineSettings;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** The engine that is always there: the processor itself, through oneDNN. */
public final class CpuEngineProvider implements EngineProvider {

    @Override
    public List<Device> devices() {
        return List.of(new Device("cpu", "cpu", processor()));
    }

    /** Opens at bf16 where the processor multiplies it natively, else at f32. */
    @Override
    public Engine open(Device device, EngineSettings settings) {
        OneDnn oneDnn = new OneDnn();
        Precision chosen = settings.precision().orElse(oneDnn.multipliesBfloat16() ? Precision.BF16 : Precision.F32);
        if (chosen == Precision.F16) {
            throw new UserException("the CPU engine does not compute in f16", Remedy.COMPUTE_IN_F32);
        }
        if (chosen == Precision.BF16 && !oneDnn.multipliesBfloat16()) {
            throw new UserException("this processor has no bf16 instructions (AVX512-BF16 or AMX)", Remedy.COMPUTE_IN_F32);
        }
        return new CpuEngine(oneDnn, chosen);
    }

    /** As Linux names it, else its architecture. */
    private static String processor() {
        Path description = Path.of("/proc/cpuinfo");
        if (Files.isReadable(description)) {
            try (Stream<String> lines = Files.lines(description)) {
                Optional<String> name = lines.filter(line -> line.startsWith("model name")).findFirst();
                if (name.isPresent()) {
                    return name.get().substring(name.get().indexOf(':') + 1).strip();
                }
            } catch (IOException | UncheckedIOException unreadable) {
                // Only a name: the architecture says enough.
            }
        }
        return System.getProperty("os.arch");
    }
}
