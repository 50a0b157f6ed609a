package stablediffusion.tornado;

import stablediffusion.model.Precision;
import stablediffusion.model.graph.Fusion;
import stablediffusion.model.graph.Operation;
import stablediffusion.tornado.kernels.HalfElementwise;
import uk.ac.manchester.tornado.api.enums.DataTransferMode;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Adds the tasks of kernels that store activations in fp16, and behind each operation one that looks for infinite numbers in its output: to
 * find the layer whose output fp16 cannot hold.
 */
final class CheckedKernels implements KernelSet {
    private static final int GROUPS = 64;
    private static final int LANES = 128;

    private final KernelSet kernels;
    /** What was found in each operation's output: for each work-group 1 or 0. */
    private final Map<Operation, FloatArray> findings = new LinkedHashMap<>();

    CheckedKernels(KernelSet kernels) {
        this.kernels = kernels;
    }

    /** Returns the first operation whose output was not finite in the last run. */
    Optional<Operation> firstInfinite() {
        return findings.keySet().stream().filter(operation -> found(findings.get(operation))).findFirst();
    }

    private static boolean found(FloatArray finding) {
        for (int i = 0; i < GROUPS; i++) {
            if (finding.get(i) != 0f) {
                return true;
            }
        }
        return false;
    }

    @Override
    public Precision activations() {
        return kernels.activations();
    }

    @Override
    public String remark() {
        return kernels.remark();
    }

    @Override
    public Set<Fusion.Rule> rules() {
        return kernels.rules();
    }

    @Override
    public void load(TaskGraphBuilder builder, String name, FloatArray input, int offset) {
        kernels.load(builder, name, input, offset);
    }

    @Override
    public void store(TaskGraphBuilder builder, String name, int offset, FloatArray output) {
        kernels.store(builder, name, offset, output);
    }

    @Override
    public TaskRequirements requirements(Operation operation) {
        TaskRequirements requirements = kernels.requirements(operation);
        return requirements.withTasks(requirements.tasks() + 1);
    }

    /** Each layer is checked on its own. */
    @Override
    public boolean joinsSiblings() {
        return false;
    }

    @Override
    public TaskRequirements requirements(List<Operation.Linear> siblings) {
        throw new UnsupportedOperationException("each linear layer is checked on its own");
    }

    @Override
    public void add(TaskGraphBuilder builder, Offsets at, List<Operation.Linear> siblings) {
        throw new UnsupportedOperationException("each linear layer is checked on its own");
    }

    @Override
    public void add(TaskGraphBuilder builder, Offsets at, Operation operation) {
        kernels.add(builder, at, operation);
        FloatArray finding = new FloatArray(GROUPS);
        findings.put(operation, finding);
        int[] offsets = {
            at.of(operation.output()), operation.output().shape().size()
        };
        builder.groups(operation.output().name() + " (check)", GROUPS, LANES, offsets, (tasks, id, onDevice) -> tasks
                .task(id, HalfElementwise::findInfinite, builder.context(), builder.fp16Arena(), finding, onDevice, LANES)
                .transferToHost(DataTransferMode.EVERY_EXECUTION, finding));
    }
}
