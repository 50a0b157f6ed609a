package stablediffusion.cpu;

import stablediffusion.model.UserException;
import stablediffusion.model.engine.Device;
import stablediffusion.model.engine.Engine;
import stablediffusion.model.engine.EngineProvider;
import stablediffusion.model.engine.Precision;

import java.util.List;
import java.util.Optional;

/** The engine that is always there: the processor itself, through oneDNN. */
public final class CpuEngineProvider implements EngineProvider {

    @Override
    public List<Device> devices() {
        return List.of(new Device("cpu", "cpu", System.getProperty("os.arch") + ", " + Runtime.getRuntime().availableProcessors() + " threads"));
    }

    /** Opens at bf16 where the processor multiplies it natively, else at f32. */
    @Override
    public Engine open(Device device, Optional<Precision> precision) {
        OneDnn oneDnn = new OneDnn();
        Precision chosen = precision.orElse(oneDnn.multipliesBfloat16() ? Precision.BF16 : Precision.F32);
        if (chosen == Precision.F16) {
            throw new UserException("the CPU engine does not compute in f16; choose --precision f32, bf16 or auto");
        }
        if (chosen == Precision.BF16 && !oneDnn.multipliesBfloat16()) {
            throw new UserException("this processor has no bf16 instructions (AVX512-BF16 or AMX); choose --precision f32 or auto");
        }
        return new CpuEngine(oneDnn, chosen);
    }
}
