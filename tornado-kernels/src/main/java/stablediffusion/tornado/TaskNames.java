package stablediffusion.tornado;

import java.util.HashMap;
import java.util.Map;

/**
 * Names the tasks of a plan by their kernels. TornadoVM keeps compiled code by the names of the task graph and the task, so that tasks of
 * one name in different task graphs of one name share their code: a kernel is compiled once for a plan, not once for a layer.
 *
 * <p>Within a task graph names must differ, and TornadoVM compiles the last task of a task graph whatever it has, so these get names of
 * their own.
 */
final class TaskNames {
    private final Map<Object, Integer> kernels = new HashMap<>();

    /** Names the tasks of one task graph. */
    final class OfGraph {
        private final Map<Object, Integer> uses = new HashMap<>();

        /** @param kernel equals that of another task, of any task graph, if both have the same code and the same grid */
        String next(Object kernel) {
            int number = kernels.computeIfAbsent(kernel, _ -> kernels.size());
            int use = uses.merge(kernel, 1, Integer::sum);
            return "t" + number + (use == 1 ? "" : "-" + use);
        }
    }
}
