#include "check.h"
#include <cstdio>
#include <cstring>
#include <exception>

std::vector<Check> &all_checks() {
    static std::vector<Check> checks;
    return checks;
}

// Runs the checks whose names contain the argument, all without one.
int main(int count, char **arguments) {
    cuInit(0);
    int failed = 0, run = 0;
    for (const Check &check : all_checks()) {
        if (count > 1 && strstr(check.name, arguments[1]) == nullptr) continue;
        run++;
        std::string wrong;
        try {
            CUresult result = check.run();
            std::string report = reports();
            if (result != check.result) wrong = std::string("the driver answered ") + name(result) + ", not " + name(check.result);
            else if (check.report.empty() && !report.empty()) wrong = "a report where none is due: " + report;
            else if (report.find(check.report) == std::string::npos) wrong = "no report of '" + check.report + "', but: " + report;
        } catch (const std::exception &error) {
            wrong = error.what();
            reports();
        }
        printf("%-6s %s\n", wrong.empty() ? "ok" : "FAILED", check.name);
        if (!wrong.empty()) printf("       %s\n", wrong.c_str()), failed++;
        fflush(stdout);
    }
    printf("%d checks, %d failed\n", run, failed);
    return failed == 0 ? 0 : 1;
}
