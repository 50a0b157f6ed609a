package stablediffusion.cpu;

import stablediffusion.model.InvalidRequestException;
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

/** Opens the engine that is always available: the processor, through oneDNN. */
public final class CpuEngineProvider implements EngineProvider {

    @Override
    public List<Device> devices() {
        return List.of(new Device("cpu", "cpu", processor()));
    }

    /** Opens the engine, in bf16 if the processor multiplies it natively and the settings name no precision, else in f32. */
    @Override
    public Engine open(Device device, EngineSettings settings) {
        Precision chosen = settings.precision().orElse(OneDnn.multipliesBfloat16() ? Precision.BF16 : Precision.F32);
        if (chosen == Precision.F16) {
            throw new InvalidRequestException("the CPU engine does not compute in f16", Remedy.COMPUTE_IN_F32);
        }
        if (chosen == Precision.BF16 && !OneDnn.multipliesBfloat16()) {
            throw new UserException("this processor has no bf16 instructions (AVX512-BF16 or AMX)", Remedy.COMPUTE_IN_F32);
        }
        OneDnn oneDnn = new OneDnn(settings.threadsOnCpu());
        if (settings.threads().isPresent() && !OpenMp.canLimit()) {
            throw new UserException("the CPU engine cannot change its number of threads on this system");
        }
        return new CpuEngine(oneDnn, chosen);
    }

    /** Returns the name of the processor as Linux has it, on other systems its architecture. */
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
