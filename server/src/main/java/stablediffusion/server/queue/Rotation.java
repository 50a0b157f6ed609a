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
     * Takes the next pictures: one of the client whose turn it is; or, where enough wait that can be painted together, as many as are. Then each
     * client in its turn adds one picture, until there are enough, and all of them have had their turn.
     *
     * @param loaded the model that the engine has
     * @param together number of pictures that are painted together; never fewer, as an engine loads the network again for another number
     * @return units of different jobs; empty if there are none
     */
    List<Unit> next(Optional<String> loaded, int together) {
        while (true) {
            removeEnded();
            Optional<String> due = lines.keySet().stream().findFirst();
            if (due.isEmpty()) {
                return List.of();
            }
            Line first = lines.get(due.get());
            String client = first.passes >= MOST_PASSES ? due.get() : withModel(loaded).orElse(due.get());
            first.passes = client.equals(due.get()) ? 0 : first.passes + 1;
            Job job = lines.get(client).jobs.getFirst();
            List<Unit> units = new ArrayList<>();
            counts(client, job, together).forEach((taken, count) -> {
                toTheEnd(taken.request().client());
                taken.take(count).ifPresent(units::add);
            });
            if (!units.isEmpty()) {
                return units;
            }
        }
    }

    private void toTheEnd(String client) {
        lines.put(client, lines.remove(client));
    }

    /** Returns how many pictures of which jobs are taken, in the order of their turns. */
    private Map<Job, Integer> counts(String client, Job job, int together) {
        List<Deque<Job>> turns = new ArrayList<>();
        turns.add(new ArrayDeque<>(lines.get(client).jobs));
        lines.forEach((other, line) -> {
            if (!other.equals(client)) {
                turns.add(new ArrayDeque<>(line.jobs));
            }
        });
        Map<Job, Integer> counts = new LinkedHashMap<>();
        int sum = 0;
        while (sum < together && !turns.isEmpty()) {
            Deque<Job> turn = turns.removeFirst();
            turn.removeIf(waiting -> counts.getOrDefault(waiting, 0) >= waiting.untaken());
            if (!turn.isEmpty() && turn.getFirst().joins(job)) {
                counts.merge(turn.getFirst(), 1, Integer::sum);
                sum++;
                turns.addLast(turn);
            }
        }
        return sum == together ? counts : Map.of(job, 1);
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
