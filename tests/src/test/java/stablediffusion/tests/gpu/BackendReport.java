package stablediffusion.tests.gpu;

import stablediffusion.bench.KernelReport;
import stablediffusion.bench.ModelReport;

import java.util.List;
import java.util.Optional;

/**
 * Holds everything that was found out about a backend.
 *
 * @param devices what {@code sd devices} printed
 * @param gpuMemory most memory in use on the GPU while the picture was made, in MiB, above what was in use before
 */
record BackendReport(
        String backend,
        List<StepResult> steps,
        Optional<String> devices,
        Optional<TestRun> tests,
        Optional<TestRun> networks,
        Optional<Checks> blocks,
        Optional<Checks> pictures,
        Optional<ModelReport> model,
        Optional<ModelReport> picture,
        Optional<KernelReport> kernels,
        Optional<Long> gpuMemory) {}
