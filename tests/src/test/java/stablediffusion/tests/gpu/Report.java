package stablediffusion.tests.gpu;

import stablediffusion.bench.Environment;

import java.util.List;

/**
 * Holds a report.
 *
 * @param gpus what nvidia-smi says of each GPU; empty without it
 */
record Report(Environment environment, List<String> gpus, Plan plan, double seconds, List<BackendReport> backends) {}
