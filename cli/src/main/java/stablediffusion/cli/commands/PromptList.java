package stablediffusion.cli.commands;

import stablediffusion.GenerationRequest;
import stablediffusion.cli.output.Remedies;
import stablediffusion.model.UserException;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.UnaryOperator;

/**
 * Turns prompts into requests. Of a list, a prompt that cannot be painted is left out with a word and does not stop the others; in the end it is
 * a failure all the same.
 */
final class PromptList {
    private final List<String> prompts;
    private final Consumer<String> messages;
    private final List<String> leftOut = new ArrayList<>();

    /** Holds a request and the number of its prompt in the list, from 1. */
    record Entry(int number, GenerationRequest request) {}

    PromptList(List<String> prompts, Consumer<String> messages) {
        this.prompts = prompts;
        this.messages = messages;
    }

    /**
     * Builds the request of each prompt.
     *
     * @throws UserException if that is possible for none
     */
    List<Entry> requests(Function<String, GenerationRequest> build) {
        List<Entry> entries = new ArrayList<>();
        Failures failures = new Failures();
        for (int i = 0; i < prompts.size(); i++) {
            int number = i + 1;
            failures.check(number, () -> build.apply(prompts.get(number - 1)))
                    .ifPresent(request -> entries.add(new Entry(number, request)));
        }
        failures.throwIfNothingIsLeft(entries.size());
        return entries;
    }

    /**
     * Prepares requests for a model.
     *
     * @throws UserException if that is possible for none
     */
    List<GenerationRequest> prepared(List<Entry> entries, UnaryOperator<GenerationRequest> prepare) {
        List<GenerationRequest> prepared = new ArrayList<>();
        Failures failures = new Failures();
        entries.forEach(entry -> failures.check(entry.number(), () -> prepare.apply(entry.request())).ifPresent(prepared::add));
        failures.throwIfNothingIsLeft(prepared.size());
        return prepared;
    }

    /** @throws UserException if a prompt was left out */
    void requireComplete() {
        if (!leftOut.isEmpty()) {
            throw new UserException(
                    leftOut.size() + " of " + prompts.size() + " prompts were left out, the first is " + leftOut.getFirst());
        }
    }

    private interface Step {
        GenerationRequest get();
    }

    /** Collects the failures of one pass. */
    private final class Failures {
        private final int before = leftOut.size();
        private Optional<UserException> first = Optional.empty();

        Optional<GenerationRequest> check(int number, Step step) {
            try {
                return Optional.of(step.get());
            } catch (UserException failure) {
                first = first.or(() -> Optional.of(failure));
                leftOut.add("prompt " + number + ": " + Remedies.message(failure));
                return Optional.empty();
            }
        }

        void throwIfNothingIsLeft(int left) {
            first.filter(_ -> left == 0).ifPresent(failure -> {
                throw failure;
            });
            leftOut.subList(before, leftOut.size()).forEach(what -> messages.accept("left out: " + what));
        }
    }
}
