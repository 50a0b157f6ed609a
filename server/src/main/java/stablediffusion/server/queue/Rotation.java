package stablediffusion.server.queue;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Orders waiting jobs: those of one client in the order of their arrival, clients in turns of one unit. An engine that has a model loaded goes on
 * with it for some turns although another is due, because loading takes long. For one thread at a time.
 */
final class Rotation {
    /** Turns that may pass over a client because its job is for another model. */
    private static final int MOST_PASSES = 8;

    private final Map<String, Line> lines = new LinkedHashMap<>();

    private static final class Line {
        private final Deque<Job> jobs = new ArrayDeque<>();
        private int passes;
    }

    void add(Job job) {
        lines.computeIfAbsent(job.request().client(), _ -> new Line()).jobs.add(job);
    }

    /**
     * Takes the next pictures.
     *
     * @param loaded the model that the engine has
     * @param most number of pictures that are painted together
     */
    Optional<Unit> next(Optional<String> loaded, int most) {
        while (true) {
            removeEnded();
            Optional<String> due = lines.keySet().stream().findFirst();
            if (due.isEmpty()) {
                return Optional.empty();
            }
            Line first = lines.get(due.get());
            String client = first.passes >= MOST_PASSES ? due.get() : withModel(loaded).orElse(due.get());
            first.passes = client.equals(due.get()) ? 0 : first.passes + 1;
            Line line = lines.remove(client);
            Optional<Unit> unit = line.jobs.getFirst().take(most);
            // To the end of the rotation.
            lines.put(client, line);
            if (unit.isPresent()) {
                return unit;
            }
        }
    }

    private Optional<String> withModel(Optional<String> loaded) {
        return lines.entrySet().stream()
                .filter(line -> Optional.of(line.getValue().jobs.getFirst().request().model()).equals(loaded))
                .map(Map.Entry::getKey)
                .findFirst();
    }

    /** Returns the jobs from which pictures are still to be taken. */
    List<Job> jobs() {
        removeEnded();
        return lines.values().stream().flatMap(line -> line.jobs.stream()).toList();
    }

    /** Returns the jobs in the order in which they will begin, as far as it is known. */
    List<Job> order() {
        removeEnded();
        List<Job> order = new ArrayList<>();
        List<Deque<Job>> turns = new ArrayList<>(lines.values().stream().<Deque<Job>>map(line -> new ArrayDeque<>(line.jobs)).toList());
        while (!turns.isEmpty()) {
            for (Deque<Job> turn : turns) {
                order.add(turn.removeFirst());
            }
            turns.removeIf(Deque::isEmpty);
        }
        return order;
    }

    private void removeEnded() {
        lines.values().forEach(line -> line.jobs.removeIf(job -> job.untaken() == 0));
        lines.values().removeIf(line -> line.jobs.isEmpty());
    }
}
