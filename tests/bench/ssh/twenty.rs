//! Twenty steps from a cold start, as whole programs: gonogo, pyinfra and Ansible's raw module.

use std::cell::Cell;
use std::fs;
use std::path::Path;
use std::process::Command;

use super::ground::{Ground, user};
use super::{Done, beside};

const STEPS: u32 = 20;

/// Prints a row for each tool.
pub fn rows(ground: &Ground) -> Done<()> {
    let d = ground.dir.display();
    let (port, user) = (ground.port, user()?);
    fs::write(
        ground.dir.join("inventory.py"),
        format!(
            "hosts = [('127.0.0.1', {{'ssh_port': {port}, 'ssh_user': '{user}', 'ssh_key': '{d}/user', \
             'ssh_known_hosts_file': '{d}/known_hosts'}})]\n"
        ),
    )?;
    let operations = format!(
        "from pyinfra.operations import server\nfor n in range({STEPS}):\n    server.shell(name=f'step {{n}}', commands=['true'])\n"
    );
    fs::write(ground.dir.join("deploy.py"), operations)?;
    fs::write(
        ground.dir.join("inventory.ini"),
        format!(
            "127.0.0.1 ansible_port={port} ansible_user={user} ansible_ssh_private_key_file={d}/user \
             ansible_ssh_common_args='-F none -o UserKnownHostsFile={d}/known_hosts'\n"
        ),
    )?;
    let tasks: String =
        (0..STEPS).map(|n| format!("    - {{name: step {n}, ansible.builtin.raw: 'true'}}\n")).collect();
    fs::write(
        ground.dir.join("play.yml"),
        format!("- hosts: all\n  gather_facts: false\n  tasks:\n{tasks}"),
    )?;
    let pyinfra = || {
        let mut command = Command::new("pyinfra");
        command.current_dir(&ground.dir).args(["-y", "inventory.py", "deploy.py"]);
        command
    };
    let starts = Cell::new(0);
    let ansible = || {
        // Its connection outlives it by a minute: under one name each start but the first would be warm.
        starts.set(starts.get() + 1);
        let mut command = Command::new("ansible-playbook");
        command
            .current_dir(&ground.dir)
            .env("ANSIBLE_SSH_CONTROL_PATH_DIR", ground.dir.join(format!("control-{}", starts.get())))
            .args(["-i", "inventory.ini", "play.yml"]);
        command
    };
    let ours = || ground.gonogo(STEPS, "", "true", Path::new("/dev/shm"));
    beside("20 steps beside pyinfra", "pyinfra", ours, pyinfra, "0.33")?;
    beside("20 steps beside Ansible's raw", "ansible-playbook", ours, ansible, "0.20")
}
